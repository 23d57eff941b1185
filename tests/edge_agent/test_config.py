"""agent.toml: what is right loads, what is wrong is said in a sentence with its place and the next step."""

from pathlib import Path
from typing import get_args

import pytest

from edge_agent.config import ConfigError, load
from firmware_bridge.simulated.simulated import Simulated
from firmware_bridge.sources import AnySource

GOOD = """
[gateway]
name = "amba"
[outbox]
path = "data/outbox.db"
[cloud]
url = "https://evara.example.org"
broker = "mqtts://broker.example.org:8883"
credential_file = "amba-7k3q.credential"
seal_every_s = 1
[[sources]]
kind = "simulated"
name = "community"
journal = "journal.csv"
"""
SIMULATED = '[[sources]]\nkind = "simulated"\nname = "a"\n'
EXPORT = '[[sources]]\nkind = "thingspeak_export"\nname = "{}"\ndevice = "{}"\npath = "f"\nfields = {}\n'
CLOUD = '[cloud]\ncredential_file = "c"\n'
KINDS = [str(kind.__struct_config__.tag) for kind in get_args(AnySource)]
LEVEL = '[{field = 1, metric = "level"}]'

MISTAKES = [
    pytest.param(
        '[gateway]\nnmae = "x"',
        ['`gateway.nmae` is no setting; did you mean `name`?'],
        id="misspelt key",
    ),
    pytest.param("[gatway]", ["`gatway` is no setting; did you mean `gateway`?"], id="misspelt table"),
    pytest.param(
        CLOUD + 'url = "https://e"\nzzz = 1',
        [
            "`cloud.zzz` is no setting; "
            "known: credential_file, url, broker, ca_file, seal_every_s, heartbeat_s"
        ],
        id="key like no other",
    ),
    pytest.param(
        "[outbox]\npath = 5", ['`outbox.path` = 5 must be text in quotes, as "this"'], id="number for text"
    ),
    pytest.param("outbox = 5", ["`outbox` = 5 must be a table, written as `[outbox]`"], id="no table"),
    pytest.param(
        SIMULATED + 'every_s = "fast"\nseed = 1.5',
        ["`sources[0].seed` = 1.5 must be a whole number", '`sources[0].every_s` = "fast" must be a number'],
        id="wrong types, both said",
    ),
    pytest.param(
        SIMULATED + SIMULATED.replace('"a"', '"b"') + "every_s = -3",
        ["`sources[1].every_s` = -3 must be at least 0.001"],
        id="too small, in the second source",
    ),
    pytest.param(
        '[[sources]]\nkind = "simulatd"\nname = "a"',
        ['`sources[0].kind` = "simulatd" is no known kind; did you mean `simulated`?'],
        id="misspelt kind",
    ),
    pytest.param(
        '[[sources]]\nname = "a"',
        [f"`sources[0].kind` is missing: it says what this is; known: {', '.join(KINDS)}"],
        id="no kind",
    ),
    pytest.param(
        '[sources]\nkind = "simulated"\nname = "a"',
        ["`[sources]` is one table where a list of them is meant: write `[[sources]]`"],
        id="single brackets",
    ),
    pytest.param(
        '[[sources]]\nkind = "simulated"', ["`sources[0].name` is missing: it has no default"], id="no name"
    ),
    pytest.param(
        EXPORT.format("a", "d", '[{field = 12, metric = "level", unt = "m"}]'),
        [
            '`sources[0].fields[0].unt` is no setting; did you mean `unit`?',
            "`sources[0].fields[0].field` = 12 must be at most 8",
        ],
        id="deep inside",
    ),
    pytest.param(
        SIMULATED + SIMULATED,
        [
            '`sources[1].name` = "a" is the name of `sources[0]` too; '
            "its cursor is kept by its name, so give it one of its own"
        ],
        id="two sources with one name",
    ),
    pytest.param(
        EXPORT.format("a", "d", LEVEL) + EXPORT.format("b", "d", LEVEL),
        [
            "`sources[1]` (b) has the point d/level, which a has too; "
            "give one of them another device or metric"
        ],
        id="two points with one name",
    ),
    pytest.param(
        CLOUD,
        ["`cloud` has neither `url` nor `broker`: set at least one, or remove [cloud] to record only"],
        id="nowhere to send to",
    ),
    pytest.param(
        CLOUD + 'url = "http://e.org"\nbroker = "mqtt://10.0.0.1:1883"',
        [
            '`cloud.url` = "http://e.org" would send the secret and the readings in plain text over the '
            "network; write `https://e.org` (http:// is for this machine only)",
            '`cloud.broker` = "mqtt://10.0.0.1:1883" would send the secret and the readings in plain text '
            "over the network; write `mqtts://10.0.0.1:1883` (mqtt:// is for this machine only)",
        ],
        id="plain text over the network",
    ),
    pytest.param(
        CLOUD + 'url = "e.org/x"',
        ['`cloud.url` = "e.org/x" is no address of this kind; write it as `https://e.org`'],
        id="no scheme",
    ),
    pytest.param(
        CLOUD + 'url = "https://e.org:port"',
        [
            '`cloud.url` = "https://e.org:port" is no address (Port could not be cast to integer value as '
            "'port'); write it as `https://host:port`"
        ],
        id="no port",
    ),
    pytest.param(
        CLOUD + 'url = "https://me:s3cret@e.org"',
        ["`cloud.url` holds a name or a password; they belong in `credential_file`, remove them here"],
        id="password in the address",
    ),
    pytest.param(
        CLOUD + 'url = "https://e..org"\nbroker = "mqtts://%s.org"' % ("a" * 64),
        [
            '`cloud.url` = "https://e..org" has no host name that can be looked up; '
            "write it as `https://host:port`",
            '`cloud.broker` = "mqtts://%s…' % ("a" * 51) + " has no host name that can be looked up; "
            "write it as `mqtts://host:port`",
        ],
        id="hosts that a resolver chokes on",
    ),
    pytest.param(
        CLOUD + 'url = "https://e.org/api?x=1"',
        [
            '`cloud.url` = "https://e.org/api?x=1" has more than a host and a port; '
            "write `https://e.org`"
        ],
        id="address with a path",
    ),
    pytest.param(
        CLOUD + 'url = "https://e.org"\nca_file = "/no/ca.pem"',
        ['`cloud.ca_file` = "/no/ca.pem" is not there; copy it, or remove the line'],
        id="missing authority",
    ),
    pytest.param(
        "[gateway]\nname = amba",
        ['this is no TOML: Invalid value (at line 2, column 8); texts stand in quotes, as "this"'],
        id="no TOML",
    ),
]  # fmt: skip


def test_good_file(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    assert config.gateway.name == "amba"
    assert config.outbox.path == tmp_path / "data/outbox.db"
    assert config.cloud is not None
    assert config.cloud.credential_file == tmp_path / "amba-7k3q.credential"
    assert (config.cloud.seal_every_s, config.cloud.heartbeat_s) == (1.0, 60.0)
    source = config.sources[0]
    assert isinstance(source, Simulated)
    assert source.journal == str(tmp_path / "journal.csv")


def test_empty_file_records_nothing(tmp_path: Path) -> None:
    config = load(written(tmp_path, ""))
    assert (config.cloud, config.sources, config.outbox.path) == (None, [], tmp_path / "outbox.db")


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080"])
def test_plain_text_to_this_machine(tmp_path: Path, host: str) -> None:
    config = load(written(tmp_path, CLOUD + f'url = "http://{host}"\nbroker = "mqtt://{host}"'))
    assert config.cloud is not None


@pytest.mark.parametrize(("text", "sentences"), MISTAKES)
def test_mistakes(tmp_path: Path, text: str, sentences: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load(path)
    assert str(error.value).splitlines() == [f"{path}: {sentence}" for sentence in sentences]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"agent.toml: this file is not there; name another one with --config"
    ):
        load(tmp_path / "agent.toml")


def test_folder_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this file cannot be read \\(Is a directory\\); give it to"):
        load(tmp_path)


def test_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_bytes(b"[gateway]\nname = '\xe9'")
    with pytest.raises(ConfigError, match="byte 18 is no UTF-8; save the file as UTF-8"):
        load(tmp_path / "agent.toml")


def written(folder: Path, text: str) -> Path:
    path = folder / "agent.toml"
    path.write_text(text, "utf-8")
    return path
