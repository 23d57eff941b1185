"""Derived points and what they depend on: a temperature beside them, the date, and each other."""

import pytest

from firmware_bridge.fields import points_of
from protocol.reading import Point, Quality
from tests.firmware_bridge.refining import (
    AT,
    DAY,
    LATEST,
    LEVEL,
    SINCE,
    Row,
    feed,
    fields_of,
    readings,
    reasons,
    shown,
    stage_of,
    toml_of,
)

WARM = '\n[[fields]]\nfield = 2\nmetric = "degc"\nunit = "degC"'
EC = f'kind = "ec25"\ntemperature = "degc"\ncalibrations = [{{ {SINCE} }}]'
BESIDE = [
    pytest.param([{"raw": 1000, "degc": 30}], ["909.091"], id="in the same record"),
    pytest.param([{"degc": 30}, {"raw": 1000}], ["909.091"], id="a minute before"),
    pytest.param(
        [{"degc": 30}, *[{}] * 11, {"raw": 1000}], ["1000s"], id="too long before: as if at 25 degC"
    ),
    pytest.param([{"raw": 1000, "degc": None}], ["1000s"], id="a dead thermometer"),
    pytest.param([{"raw": 1000, "degc": -127}], ["1000s"], id="no temperature of water"),
    pytest.param([{"raw": 1000}, {"degc": 30}], ["1000s"], id="it comes later"),
]


@pytest.mark.parametrize(("rows", "expected"), BESIDE)
def test_a_temperature_beside_it(rows: list[Row], expected: list[str]) -> None:
    assert shown(feed(stage_of(toml_of("uS/cm", EC, WARM)), rows), "it") == expected


def test_a_run_that_is_handed_over_at_once_takes_each_its_own_temperature() -> None:
    run = [
        reading
        for place, degc in enumerate([25.0, 30.0, 35.0])
        for reading in readings(AT + place * DAY, {"raw": 1000, "degc": degc})
    ]
    refined = stage_of(toml_of("uS/cm", EC, WARM)).refine(run, LATEST)
    assert shown([refined], "it") == ["1000", "909.091", "833.333"]


def test_a_warm_air_carries_sound_faster() -> None:
    derived = f'{LEVEL}\ntemperature = "degc"'
    rows: list[Row] = [{"raw": 0.6, "degc": 20}, {"raw": 0.6, "degc": 40}]
    assert shown(feed(stage_of(toml_of("cm", derived, WARM)), rows), "it") == ["1.5", "1.47882"]


def test_air_below_zero_is_air_and_water_below_zero_is_none() -> None:
    derived = f'{LEVEL}\ntemperature = "degc"'
    frost: list[Row] = [{"raw": 0.6, "degc": -10}, {"raw": 0.6, "degc": -127}]
    assert shown(feed(stage_of(toml_of("cm", derived, WARM)), frost), "it") == ["1.53176", "1.5s"]
    assert shown(feed(stage_of(toml_of("uS/cm", EC, WARM)), [{"raw": 1000, "degc": -10}]), "it") == ["1000s"]


def test_each_reading_is_derived_with_the_calibration_of_its_time() -> None:
    stage = stage_of(
        toml_of(
            "cm",
            'kind = "level_from_distance"\n'
            "calibrations = [{ from = 2026-01-02T00:00:00Z, mount_height_m = 2.0 },"
            " { from = 2026-01-03T05:30:00+05:30, mount_height_m = 2.5 }]",
        )
    )
    refined = feed(stage, [{"raw": 1.0}] * 6, every_ms=DAY // 2)
    assert shown(refined, "it") == ["1", "1", "1.5", "1.5"]
    assert reasons(refined) == [  # two readings, listed once
        "before the first calibration, that from 2026-01-02: nothing is derived; "
        "write an earlier `from` if it held then too"
    ]
    late = stage.refine(readings(AT + DAY, {"raw": 0.9}), LATEST)
    assert shown([late], "it") == ["1.1"]  # late, and with the calibration of then


CHAIN = f"""
[[fields]]
field = 1
metric = "distance"
unit = "cm"
derived = [
  {{ metric = "level", kind = "level_from_distance", calibrations = [{{ {SINCE}, mount_height_m = 2.5 }}] }},
  {{ metric = "volume", of = "level", kind = "volume_from_level", calibrations = [
    {{ {SINCE}, tank = {{ kind = "rectangular", length_m = 2, breadth_m = 1, height_m = 2 }} }}] }},
]
[fields.checks]
range = [20, 450]
faults = [0]
"""


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        pytest.param(1.5, ["1.5", "1", "2000"], id="good"),
        pytest.param(0.1, ["0.1s", "2.4s", "4800s"], id="suspect all along"),
        pytest.param(0.3, ["0.3", "2.2", "4400s"], id="doubted from the volume on"),
        pytest.param(0.0, ["f", "f", "f"], id="a fault all along"),
    ],
)
def test_a_chain_is_no_better_than_its_worst_link(distance: float, expected: list[str]) -> None:
    refined = feed(stage_of(CHAIN), [{"distance": distance}])
    assert [shown(refined, metric)[0] for metric in ("distance", "level", "volume")] == expected


def test_derived_points_are_points_of_the_device() -> None:
    assert points_of("d", fields_of(CHAIN), 60.0) == [
        Point("d/distance", "m", 60.0),
        Point("d/level", "m", 60.0),
        Point("d/volume", "L", 60.0),
    ]


def test_a_clock_in_doubt_makes_the_derived_time_no_more_certain() -> None:
    refined = stage_of(CHAIN).refine(readings(AT, {"distance": 1.5}, Quality.CLOCK_UNCERTAIN), LATEST)
    assert {reading.quality for reading in refined.readings} == {Quality.CLOCK_UNCERTAIN}
