"""A secret in the wrong place of agent.toml: the error says where it belongs, and nothing prints it."""

from pathlib import Path

import pytest

from edge_agent.config import ConfigError, load

KEY = "READKEY000000001"
SECRET = "s" * 20 + "-_" + "T" * 21
CHANNEL = (
    '[[sources]]\nkind = "thingspeak"\nname = "a"\nchannel = 1\ndevice = "d"\n'
    'fields = [{field = 1, metric = "level"}]\n'
)
CLOUD = '[cloud]\nurl = "https://e.org"\n'
FILE = CLOUD + 'credential_file = "c"\n'

MISPLACED = [
    pytest.param(CHANNEL + 'server = "https://me:hunter2@ts.example.org"', "sources[0].server", id="login"),
    pytest.param(CHANNEL + f'key_file = ["{KEY}"]', "sources[0].key_file", id="key in a list"),
    pytest.param(CHANNEL + f'key_file = "{KEY}"', "key_file holds a key itself", id="key for its file"),
    pytest.param(CHANNEL + f'api = "{KEY}"', "sources[0].api", id="key as an unknown setting"),
    pytest.param(f'gateway = "{KEY}"', "gateway", id="key for a table"),
    pytest.param(f'[gateway]\nname = {{ api = "{KEY}" }}', "gateway.name", id="key deep in a value"),
    pytest.param(CLOUD + f'credential_file = "a-7k3q:{SECRET}"', "cloud.credential_file", id="credential"),
    pytest.param(CLOUD + f'credential_file = "{SECRET}"', "cloud.credential_file", id="secret alone"),
    pytest.param(CLOUD + f'credential_file = ["{SECRET}"]', "cloud.credential_file", id="secret in a list"),
    pytest.param(FILE + f'secret = "{SECRET}"', "cloud.secret", id="secret as an unknown setting"),
    pytest.param(FILE + f'broker = "a-7k3q:{SECRET}"', "cloud.broker", id="credential for an address"),
    pytest.param(FILE + f'ca_file = "a-7k3q:{SECRET}"', "cloud.ca_file", id="credential for an authority"),
    pytest.param(f'cloud = "a-7k3q:{SECRET}"', "cloud", id="credential for the table"),
]


@pytest.mark.parametrize(("text", "place"), MISPLACED)
def test_a_misplaced_secret_is_not_printed(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "agent.toml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "agent.toml")
    assert place in str(error.value)
    assert not any(secret in str(error.value) for secret in (KEY, SECRET, "hunter2"))


@pytest.mark.parametrize(
    "name", ["amba-7k3q.credential", "keys/amba", "credentials_of_the_gateway_at_amba_village.txt"]
)
def test_a_file_is_taken_for_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "agent.toml").write_text(CLOUD + f'credential_file = "{name}"\n')
    config = load(tmp_path / "agent.toml")
    assert config.cloud
    assert config.cloud.credential_file == tmp_path / name
