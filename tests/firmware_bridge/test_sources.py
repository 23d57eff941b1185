"""What a configuration may name: each kind decodes, finds its files, and names its mistakes."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_bridge.sources import AnySource

FIELDS = [{"field": 1, "metric": "level", "unit": "cm"}]
SIMULATED = {"kind": "simulated", "name": "community"}
EXPORT = {
    "kind": "thingspeak_export",
    "name": "old",
    "path": "feeds.csv",
    "device": "oht-1",
    "fields": FIELDS,
}
CHANNEL = {"kind": "thingspeak", "name": "new", "channel": 4201, "device": "oht-1", "fields": FIELDS}


def decoded(settings: dict[str, Any]) -> Any:
    return msgspec.convert(settings, AnySource)


def test_relative_files_are_found_from_the_configurations_folder() -> None:
    folder = Path("/etc/evara")
    assert decoded(EXPORT).located(folder).path == "/etc/evara/feeds.csv"
    assert decoded(EXPORT | {"path": "/mnt/feeds.csv"}).located(folder).path == "/mnt/feeds.csv"
    assert decoded(CHANNEL | {"key_file": "key"}).located(folder).key_file == "/etc/evara/key"
    assert decoded(CHANNEL).located(folder).key_file is None
    assert decoded(SIMULATED | {"journal": "j.csv"}).located(folder).journal == "/etc/evara/j.csv"
    assert decoded(SIMULATED).located(folder).journal is None


def test_points_are_known_from_the_settings_alone() -> None:
    assert [point.name for point in decoded(CHANNEL).points()] == ["oht-1/level"]
    assert decoded(EXPORT | {"interval_s": 30}).points()[0].interval_s == 30
    loads = decoded(SIMULATED | {"extra_points": 25}).points()
    assert len({point.name for point in loads}) == len(loads) == 35


MISTAKES = [
    pytest.param(SIMULATED | {"evry_s": 5}, "evry_s", id="misspelt key"),
    pytest.param(SIMULATED | {"every_s": 0}, "every_s", id="no time between ticks"),
    pytest.param(SIMULATED | {"kind": "simulatd"}, "simulatd", id="no such kind"),
    pytest.param(SIMULATED | {"name": ""}, "name", id="no name"),
    pytest.param(EXPORT | {"fields": []}, "fields", id="no fields"),
    pytest.param(EXPORT | {"device": "oht/1"}, "device", id="a slash in a device"),
    pytest.param(EXPORT | {"fields": FIELDS * 2}, "'level' is given to two fields", id="one point twice"),
    pytest.param(CHANNEL | {"server": "ftp://a"}, "server", id="not a web address"),
    pytest.param(CHANNEL | {"server": "https://k:s@a"}, "server", id="a secret in the address"),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        decoded(settings)
