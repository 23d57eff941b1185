"""Settings: what is refused, and that each refusal says where and what to do."""

from pathlib import Path

import pytest

from cloud.config import ConfigError, load
from cloud.senders.mail import Mail

REFUSED = [
    pytest.param({"EVARA_LISTN": "x"}, "EVARA_LISTN: .*did you mean listen", id="a misspelt variable"),
    pytest.param({"EVARA_FLAVOUR": "x"}, "EVARA_FLAVOUR: .*known are mode", id="a variable from nowhere"),
    pytest.param({"EVARA_MODE": "worker"}, "EVARA_MODE: .*all_in_one, api, ingest", id="no such mode"),
    pytest.param({"EVARA_LISTEN": "8080"}, "EVARA_LISTEN: .*host:port", id="an address without a host"),
    pytest.param({"EVARA_LISTEN": "h:99999"}, "EVARA_LISTEN: .*host:port", id="a port that can't be"),
    pytest.param({"EVARA_LISTEN": "0.0.0.0:80"}, "EVARA_LISTEN: .*without TLS", id="exposed in plain text"),
    pytest.param(
        {"EVARA_LISTEN": "0.0.0.0:80", "EVARA_PUBLIC_URL": "http://evara.example.org"},
        "without TLS",
        id="exposed in plain text under a name",
    ),
    pytest.param(
        {"EVARA_PUBLIC_URL": "http://evara.example.org"}, "EVARA_PUBLIC_URL: .*https", id="a plain public URL"
    ),
    pytest.param({"EVARA_PUBLIC_URL": "evara.example.org"}, "https://host", id="a public URL without scheme"),
    pytest.param(
        {"EVARA_PUBLIC_URL": "https://example.org/evara"},
        "host name of its own",
        id="a public URL with a path",
    ),
    pytest.param(
        {"EVARA_TLS_KEY_FILE": "/nowhere"}, "EVARA_TLS_KEY_FILE: .*not there", id="a key that is gone"
    ),
    pytest.param({"EVARA_TLS_KEY_FILE": __file__}, "belong together", id="a key without its certificate"),
    pytest.param({"EVARA_DATABASE": "mysql://h/d"}, "postgresql://", id="another database"),
    pytest.param(
        {"EVARA_DATABASE_FILE": "/nowhere"}, "EVARA_DATABASE_FILE: /nowhere", id="a secret that is gone"
    ),
    pytest.param(
        {"EVARA_DATABASE": "postgresql://h/d", "EVARA_DATABASE_FILE": __file__},
        "keep one",
        id="a secret twice",
    ),
    pytest.param({"EVARA_REDIS": "localhost"}, "redis://", id="redis without scheme"),
    pytest.param({"EVARA_BROKER": "tcp://h:1"}, "mqtts://host:8883", id="a broker of another scheme"),
    pytest.param(
        {"EVARA_BROKER": "embedded://0.0.0.0:1883"}, "no trust boundary", id="the embedded broker exposed"
    ),
    pytest.param(
        {"EVARA_BROKER": "embedded://192.0.2.1:1883"},
        "no trust boundary",
        id="the embedded broker on a network",
    ),
    pytest.param(
        {"EVARA_PUBLIC_BROKER": "mqtts://evara.example.org:8883"},
        "can't be reached from elsewhere",
        id="the embedded broker advertised",
    ),
    pytest.param({"EVARA_BROKER": "mqtt://127.0.0.1"}, "USER:PASSWORD", id="a broker without a login"),
    pytest.param(
        {"EVARA_BROKER": "mqtt://192.0.2.1", "EVARA_BROKER_CREDENTIAL_FILE": __file__},
        "plain text",
        id="a login in plain text",
    ),
    pytest.param(
        {
            "EVARA_BROKER": "mqtt://127.0.0.1",
            "EVARA_BROKER_CREDENTIAL_FILE": __file__,
            "EVARA_PUBLIC_BROKER": "mqtt://example.org:1883",
        },
        "gateways refuse plain text",
        id="a plain broker advertised",
    ),
    pytest.param({"EVARA_MODE": "api"}, "PostgreSQL", id="two processes on SQLite"),
    pytest.param(
        {"EVARA_MODE": "api", "EVARA_DATABASE": "postgresql://h/d"},
        "set redis",
        id="two processes without redis",
    ),
    pytest.param(
        {"EVARA_MODE": "ingest", "EVARA_DATABASE": "postgresql://h/d", "EVARA_REDIS": "redis://h"},
        "broker of its own",
        id="ingest without a broker",
    ),
    pytest.param({"EVARA_CONFIG": "/nowhere/cloud.toml"}, "EVARA_CONFIG: .*not there", id="no such file"),
]


@pytest.mark.parametrize(("environment", "sentence"), REFUSED)
def test_what_is_refused(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load(environment)


ACCEPTED = [
    pytest.param({}, id="nothing said"),
    pytest.param(
        {"EVARA_LISTEN": "0.0.0.0:80", "EVARA_PUBLIC_URL": "https://evara.example.org"},
        id="behind a TLS proxy",
    ),
    pytest.param(
        {"EVARA_LISTEN": "[::]:443", "EVARA_TLS_KEY_FILE": __file__, "EVARA_TLS_CERTIFICATE_FILE": __file__},
        id="with a certificate of its own",
    ),
    pytest.param({"EVARA_PUBLIC_BROKER": "mqtt://127.0.0.1:18830"}, id="an agent on the same machine"),
]


@pytest.mark.parametrize("environment", ACCEPTED)
def test_what_is_accepted(environment: dict[str, str]) -> None:
    load(environment)


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text('data_dir = "data"\nlisten = "127.0.0.1:1"\n')
    settings = load({"EVARA_CONFIG": str(file), "EVARA_LISTEN": "127.0.0.1:2"})
    assert settings.listen == "127.0.0.1:2"
    assert settings.data_dir == tmp_path / "data", "paths are relative to the file"


def test_an_error_in_the_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text("listen = 8080\n")
    with pytest.raises(ConfigError, match=f"{file}: listen"):
        load({"EVARA_CONFIG": str(file)})
    file.write_text("listen = \n")
    with pytest.raises(ConfigError, match=f"{file} can't be read"):
        load({"EVARA_CONFIG": str(file)})
    file.write_text('moed = "api"\n')
    with pytest.raises(ConfigError, match=f"{file}: .*did you mean mode"):
        load({"EVARA_CONFIG": str(file)})


CHANNELS = """
[[channels]]
kind = "mail"
name = "mail"
host = "mail.example.org"
sender = "evara@example.org"
credential_file = "mail.credential"

[[channels]]
kind = "webhook"
name = "hook"
secret_file = "hook.secret"
"""


def test_channels_are_read_and_their_files_stand_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text(CHANNELS)
    (tmp_path / "mail.credential").write_text("evara:secret of the mail server")
    (tmp_path / "hook.secret").write_text("secret of the receiver")
    mail, hook = load({"EVARA_CONFIG": str(file)}).channels
    assert (mail.name, hook.name) == ("mail", "hook")
    assert isinstance(mail, Mail)
    assert mail.credential_file == tmp_path / "mail.credential"


WRONG_CHANNELS = [
    pytest.param(
        ("", ""), r"channels\[0\].credential_file: .*mail.credential can't be read", id="a lost file"
    ),
    pytest.param(('"mail"\nhost', '"hook"\nhost'), "called hook", id="one name twice"),
    pytest.param(('kind = "mail"', 'kind = "fax"'), r"channels\[0\].*fax", id="no such kind"),
    pytest.param(("host =", "hots ="), r"channels\[0\]: .*hots", id="a misspelt setting"),
    pytest.param(("sender", "port = 0\nsender"), r"channels\[0\].port: .*>= 1", id="no port"),
    pytest.param(("evara@example.org", "evara"), r"channels\[0\].sender: .*no address", id="no address"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG_CHANNELS)
def test_a_channel_that_cannot_work_is_named(change: tuple[str, str], sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text(CHANNELS.replace(*change, 1) if change[0] else CHANNELS)
    if change[0]:
        (tmp_path / "mail.credential").write_text("evara:secret of the mail server")
        (tmp_path / "hook.secret").write_text("secret of the receiver")
    with pytest.raises(ConfigError, match=f"{file}: .*{sentence}|{file}: {sentence}"):
        load({"EVARA_CONFIG": str(file)})


def test_a_secret_comes_from_the_file_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://u:p@h/d\n")
    assert load({"EVARA_DATABASE_FILE": str(file)}).database == "postgresql://u:p@h/d"
