"""Local actions in agent.toml."""

from pathlib import Path

import pytest

from edge_agent.config import ConfigError, load

ACTIONS = """
[[actions]]
name = "siren"
kind = "command"
argv = ["/usr/local/bin/relay", "3", "{state}"]
max_on_s = 600
min_rest_s = 120

[[actions]]
name = "valve"
kind = "webhook"
url = "http://192.168.1.20/valve"

[[actions]]
name = "pump"
kind = "mqtt"
host = "192.168.1.2"
topic = "site/pump"
on_stale = "off"
"""


def test_actions(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(ACTIONS)
    assert [action.name for action in load(path).actions] == ["siren", "valve", "pump"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "valve"', 'name = "siren"', '`actions[1].name` = "siren" is the name of `actions[0]` too'),
        ("http://192", "192", "`actions[1].url` is no address; write it as `http://host:port/path`"),
        ('kind = "mqtt"', 'kind = "modbus"', '`actions[2].kind` = "modbus" is no known kind'),
        ("max_on_s = 600", "max_on_s = 0", "`actions[0].max_on_s` = 0 must be at least 1"),
        ('["/usr/local/bin/relay", "3", "{state}"]', '"relay 3"', "`actions[0].argv` = "),
    ],
)
def test_actions_that_are_wrong(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(ACTIONS.replace(old, new))
    with pytest.raises(ConfigError) as error:
        load(path)
    assert sentence in str(error.value)
