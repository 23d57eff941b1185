"""Real channels' exports, which are not ours to ship: per file and field, what the rules make of them."""

from collections import Counter
from pathlib import Path

import pytest

from firmware_bridge import instant
from firmware_bridge.fields import Field
from firmware_bridge.thingspeak_export.thingspeak_export import ThingSpeakExport
from protocol.reading import Quality
from tests.firmware_bridge.taken import Taken

EXPORTS = Path(__file__).parents[3] / "shared" / "data" / "thingspeak"

pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason=f"the real exports are not at {EXPORTS}")

# file, fields -> (values, faults) each, rejected records
FILES = [
    pytest.param("tank_level_volume_battery.csv", dict.fromkeys((1, 2, 3, 4), (2_132, 0)), 0, id="tank"),
    pytest.param("ph_tds_turbidity_temp.csv", dict.fromkeys((1, 2, 3, 4), (1_515, 0)), 0, id="quality"),
    pytest.param("level_quoted_rows.csv", dict.fromkeys(range(1, 8), (912, 0)), 0, id="level"),
    pytest.param("hydroponics_nan_newlines.csv", dict.fromkeys((1, 2, 3), (4_454, 96)), 1, id="hydroponics"),
    pytest.param("aquaponics_decimal_comma.csv", {1: (0, 0), 3: (3, 0), 4: (3, 0)}, 10_820, id="aquaponics"),
    pytest.param("consumption_descending.csv", {1: (0, 0), 2: (655, 0)}, 0, id="consumption"),
    pytest.param(
        "sentinels_and_stuck.csv", {1: (20_000, 0)} | dict.fromkeys((2, 3, 4, 5), (19_991, 0)), 0, id="air"
    ),
    pytest.param("channel_86945_feeds.json", {1: (16, 0), 2: (2, 0)}, 0, id="public channel"),
    pytest.param("channel_204504_feeds.json", {1: (9, 0), 2: (0, 0)}, 0, id="private channel"),
]


async def replayed(name: str, *fields: Field) -> Taken:
    taken = Taken()
    path = str(EXPORTS / name)
    await ThingSpeakExport(name="export", path=path, device="d", fields=list(fields)).feed(taken.put, None)
    return taken


@pytest.mark.parametrize(("name", "expected", "rejected"), FILES)
async def test_counts(name: str, expected: dict[int, tuple[int, int]], rejected: int) -> None:
    taken = await replayed(name, *(Field(field=field, metric=f"field{field}") for field in expected))
    counts = Counter((reading.point, reading.quality) for reading in taken.readings)
    for field, (values, faults) in expected.items():
        point = f"d/field{field}"
        assert (counts[point, Quality.GOOD], counts[point, Quality.FAULT]) == (values, faults)
    assert len(taken.rejects) == rejected
    # No file has a time twice, so every reading is a row in the database.
    assert len({(reading.point, reading.at) for reading in taken.readings}) == len(taken.readings)


async def test_values_arrive_in_their_units_and_at_their_times() -> None:
    taken = await replayed(
        "tank_level_volume_battery.csv",
        Field(field=1, metric="level", unit="mm"),
        Field(field=3, metric="battery", unit="V"),
    )
    first = taken.readings[:2]
    assert [(reading.point, reading.value) for reading in first] == [("d/level", 1.06), ("d/battery", 4.123)]
    assert first[0].at == instant.parse("2023-05-02T07:21:52Z")
    assert min(reading.value or 0 for reading in taken.readings) == -0.049  # an offset, not a fault


async def test_rejected_rows_are_listed_with_their_number() -> None:
    taken = await replayed("aquaponics_decimal_comma.csv", Field(field=3, metric="temperature"))
    assert taken.rejects[0].where == "aquaponics_decimal_comma.csv record 1"
    assert taken.rejects[0].reason == "12 columns where the header has 10"
    assert taken.rejects[0].text.startswith("2024-05-23T06:45:35-03:00,95,,,26,5,95237,28125")
    assert taken.rejects[-1].where == "aquaponics_decimal_comma.csv record 10823"
