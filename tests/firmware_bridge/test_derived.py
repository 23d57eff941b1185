"""Derived points that need one reading: their numbers and their doubts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.refine.counters import RateFromPulses, RateFromTotal, TotalFromRate, VolumeFromPulses
from protocol.breaks import COUNTERS, OF_COUNTERS
from protocol.reading import Quality, Reading
from tests.firmware_bridge.refining import AT, LEVEL, SINCE, Row, feed, readings, shown, stage_of, toml_of

LOOP = f'kind = "value_from_current"\nunit = "cm"\ncalibrations = [{{ {SINCE}, low = 0, high = 500 }}]'
BARREL = 'tank = { kind = "horizontal_cylinder", radius_m = 0.5, length_m = 2 }'
COUNTING = (RateFromTotal, RateFromPulses, VolumeFromPulses, TotalFromRate)
CASES = [
    pytest.param("cm", LEVEL, {"raw": 0.6}, "1.5", id="level from distance"),
    pytest.param("cm", LEVEL, {"raw": 0.1}, "2s", id="a level above the brim is kept"),
    pytest.param("cm", LEVEL, {"raw": 2.2}, "-0.1s", id="a level below the floor is kept"),
    pytest.param("cm", LEVEL, {"raw": None}, "f", id="a faulty distance is a faulty level"),
    pytest.param(
        "kPa",
        f'kind = "level_from_pressure"\ncalibrations = [{{ {SINCE} }}]',
        {"raw": 19.56114},
        "2",
        id="level from pressure",
    ),
    pytest.param(
        "kPa",
        f'kind = "level_from_pressure"\ncalibrations = [{{ {SINCE}, atmosphere_kpa = 101.3 }}]',
        {"raw": 100},
        "-0.132917s",
        id="less than the air",
    ),
    pytest.param("mA", LOOP, {"raw": 0.012}, "2.5", id="a current loop in its own unit"),
    pytest.param("mA", LOOP, {"raw": 0.0037}, "-0.09375s", id="a saturated loop"),
    pytest.param("mA", LOOP, {"raw": 0.001}, "f", id="a broken wire"),
    pytest.param(
        "V",
        f'kind = "current_from_voltage"\ncalibrations = [{{ {SINCE}, shunt_ohm = 250 }}]',
        {"raw": 3},
        "0.012",
        id="a shunt",
    ),
    pytest.param(
        "m",
        f'kind = "depth_to_water"\ncalibrations = [{{ {SINCE}, probe_depth_m = 60 }}]',
        {"raw": 12.5},
        "47.5",
        id="depth to water",
    ),
    pytest.param(
        "m",
        f'kind = "volume_from_level"\ncalibrations = [{{ {SINCE}, {BARREL} }}]',
        {"raw": 0.5},
        "785.398",
        id="volume",
    ),
    pytest.param(
        "L",
        f'kind = "level_from_volume"\ncalibrations = [{{ {SINCE}, {BARREL} }}]',
        {"raw": 785.398},
        "0.5",
        id="level from volume",
    ),
    pytest.param(
        "m",
        f'kind = "volume_share_from_level"\ncalibrations = [{{ {SINCE}, {BARREL} }}]',
        {"raw": 0.25},
        "19.5501",
        id="% of the volume",
    ),
    pytest.param(
        "m",
        f'kind = "height_share_from_level"\ncalibrations = [{{ {SINCE}, {BARREL} }}]',
        {"raw": 1.1},
        "110s",
        id="% of the height, above the brim",
    ),
    pytest.param(
        "s",
        f'kind = "distance_from_echo"\ncalibrations = [{{ {SINCE} }}]',
        {"raw": 0.01},
        "1.7171",
        id="an echo",
    ),
    pytest.param(
        "",
        f'kind = "volume_from_pulses"\ncalibrations = [{{ {SINCE}, pulses_per_litre = 450 }}]',
        {"raw": 900},
        "2",
        id="pulses",
    ),
    pytest.param(
        "Hz",
        f'kind = "rate_from_frequency"\ncalibrations = [{{ {SINCE}, pulses_per_litre = 450 }}]',
        {"raw": 7.5},
        "1",
        id="frequency of a flow sensor",
    ),
    pytest.param(
        "uS/cm",
        f'kind = "tds_from_ec25"\ncalibrations = [{{ {SINCE}, factor = 0.64 }}]',
        {"raw": 1000},
        "640",
        id="dissolved solids",
    ),
    pytest.param(
        "V",
        f'kind = "tds_from_voltage"\ncalibrations = [{{ {SINCE} }}]',
        {"raw": 0.05},
        "21.1233s",
        id="noise of the TDS board",
    ),
    pytest.param(
        "V",
        f'kind = "ph_from_voltage"\ncalibrations = [{{ {SINCE}, buffers = [[7, 0], [4, 0.17748]] }}]',
        {"raw": -0.05916},
        "8",
        id="pH",
    ),
    pytest.param(
        "V",
        f'kind = "battery_from_voltage"\ncalibrations = [{{ {SINCE}, upper_ohm = 3e4, lower_ohm = 1e4 }}]',
        {"raw": 3.1},
        "12.4",
        id="a battery behind a divider",
    ),
    pytest.param(
        "V",
        f'kind = "charge_from_battery"\ncalibrations = [{{ {SINCE}, battery = "lead_12v" }}]',
        {"raw": 13.8},
        "225.714s",
        id="a battery that is charged tells nothing of its charge",
    ),
]


@pytest.mark.parametrize(("unit", "derived", "row", "expected"), CASES)
def test_one_value(unit: str, derived: str, row: Row, expected: str) -> None:
    refined = feed(stage_of(toml_of(unit, derived)), [row])
    assert shown(refined, "it") == [expected]
    assert refined[0].readings[0] == readings(AT, row)[0]  # what it is derived of is kept as it came
    assert refined[0].rejects == []


def test_derived_values_have_no_noise() -> None:
    (refined,) = feed(stage_of(toml_of("cm", LEVEL)), [{"raw": 0.7}])
    assert refined.readings[1].value == 1.4  # and not 1.4000000000000001


@given(st.floats(allow_nan=False, allow_infinity=False) | st.none())
@pytest.mark.parametrize(
    ("unit", "derived"), sorted({(str(case.values[0]), str(case.values[1])) for case in CASES})
)
def test_any_value_gives_a_finite_one_or_a_fault(unit: str, derived: str, value: float | None) -> None:
    refined = feed(stage_of(toml_of(unit, derived)), [{"raw": value}])
    (found,) = (reading for reading in refined[0].readings if reading.point == "d/it")
    assert isinstance(found, Reading)
    assert (found.value is None) == bool(found.quality & Quality.FAULT)
    assert found.value is None or abs(found.value) < float("inf")


def test_the_protocol_knows_what_counts() -> None:
    assert {str(kind.__struct_config__.tag) for kind in COUNTING} == OF_COUNTERS | COUNTERS
