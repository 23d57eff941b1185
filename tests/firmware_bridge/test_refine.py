"""The stage as a whole: what passes untouched, what comes late, and what a restart must not change."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.fields import Field
from firmware_bridge.refine.stage import Stage
from protocol.reading import Quality, Reading
from tests.firmware_bridge.refining import (
    AT,
    DAY,
    HOUR,
    LATEST,
    MINUTE,
    Row,
    feed,
    readings,
    shown,
    stage_of,
)

DEVICE = """
[[fields]]
field = 1
metric = "distance"
unit = "cm"
derived = [
  { metric = "level", kind = "level_from_distance", temperature = "degc", calibrations = [
    { from = 2020-01-01T00:00:00Z, mount_height_m = 2.5 },
    { from = 2026-01-01T06:00:00Z, mount_height_m = 2.4 },
  ] },
]
[fields.checks]
range = [20, 450]
faults = [0]
resolution = 1
spike_window = 5
stuck = { for_h = 2, while = "rate" }

[[fields]]
field = 2
metric = "total"
unit = "L"
derived = [
  { metric = "rate_l_min", kind = "rate_from_total", calibrations = [
    { from = 2020-01-01T00:00:00Z }, { from = 2026-01-01T06:00:00Z },
  ] },
]

[[fields]]
field = 3
metric = "rate"
unit = "L/min"
checks = { resolution = 0.5 }
derived = [{ metric = "drawn", kind = "total_from_rate", calibrations = [{ from = 2025-12-31T00:00:00Z }] }]

[[fields]]
field = 4
metric = "degc"
unit = "degC"
"""


def test_without_checks_and_derived_points_readings_pass_as_they_are() -> None:
    stage = Stage({"d/a": Field(field=1, metric="a", unit="m")})
    given_ = readings(AT, {"a": 1, "b": None})
    refined = stage.refine(given_, LATEST)
    assert (refined.readings, refined.rejects, refined.touched) == (given_, [], frozenset())


def test_a_point_that_no_field_names_passes_as_it_is() -> None:
    stray = Reading("other/x", AT, 1.0)
    assert stage_of(DEVICE).refine([stray], LATEST).readings == [stray]


def test_what_is_derived_follows_what_it_is_derived_of() -> None:
    refined = stage_of(DEVICE).refine(readings(AT, {"distance": 1, "rate": 5, "degc": 20}), LATEST)
    assert [reading.point for reading in refined.readings] == [
        "d/distance", "d/level", "d/rate", "d/drawn", "d/degc"
    ]  # fmt: skip
    assert refined.touched == {"d/distance", "d/rate", "d/drawn", "d/degc"}


def test_a_late_reading_gets_only_what_its_value_tells_and_leaves_no_trace() -> None:
    stage = stage_of(DEVICE)
    feed(stage, [{"distance": 1.0}] * 6)
    late = [stage.refine(readings(AT - DAY, {"distance": value}), LATEST) for value in (3.0, 9.0, 0.0)]
    assert shown(late, "distance") == ["3", "9s", "f"]
    assert [one.touched for one in late] == [frozenset()] * 3
    assert shown(feed(stage, [{"distance": 3.0}], first=AT + HOUR // 10), "distance") == ["3s"]


def test_a_time_in_the_future_is_never_the_newest() -> None:
    stage = stage_of(DEVICE)
    feed(stage, [{"distance": 1.0}] * 6)
    ahead = stage.refine(readings(AT + DAY, {"distance": 1.0}), latest=AT + HOUR)
    assert ahead.touched == frozenset()
    assert shown(feed(stage, [{"distance": 3.0}], first=AT + HOUR // 10), "distance") == ["3s"]


def test_a_clock_that_was_set_back_does_not_silence_the_checks() -> None:
    stage = stage_of(DEVICE)
    feed(stage, [{"distance": 1.0}] * 6, first=AT + DAY)
    runs = [
        stage.refine(readings(AT + place * MINUTE, {"distance": value}), latest=AT + HOUR)
        for place, value in enumerate([1.0] * 5 + [3.0])
    ]
    assert shown(runs, "distance") == ["1"] * 5 + ["3s"]


def test_a_spike_of_the_flow_beside_it_is_no_flow() -> None:
    stage = stage_of(DEVICE.replace("{ resolution = 0.5 }", "{ resolution = 0.5, range = [0, 100] }"))
    night: list[Row] = [{"distance": 1.0, "rate": 500.0 if hour == 1 else 0.0} for hour in range(9)]
    assert shown(feed(stage, night, every_ms=HOUR), "distance") == ["1"] * 9


rows = st.lists(
    st.dictionaries(
        st.sampled_from(["distance", "total", "rate", "degc"]),
        st.sampled_from([None, 0.0, 0.5, 1.0, 1.005, 3.0, 40.0, 20.0]),
        max_size=4,
    ),
    max_size=25,
)
steps = st.sampled_from([-2 * MINUTE, 0, MINUTE, MINUTE, HOUR])


@given(rows, st.lists(steps, min_size=25, max_size=25), st.sets(st.integers(0, 25)))
def test_killed_anywhere_it_goes_on_as_if_it_had_not_been(
    rows: list[Row], steps: list[int], killed: set[int]
) -> None:
    """What is committed is put back; what was refined and not committed is refined again."""
    runs = list(timed(rows, steps))
    whole, broken, stored = stage_of(DEVICE), stage_of(DEVICE), dict[str, bytes]()
    for place, run in enumerate(runs):
        expected = whole.refine(run, LATEST)
        if place in killed:
            broken.refine(run, LATEST)  # and killed before the commit
            broken = stage_of(DEVICE)
            broken.restore(stored)
        assert broken.refine(run, LATEST) == expected
        stored |= broken.memories(expected.touched)


@given(rows, st.lists(steps, min_size=25, max_size=25))
def test_one_by_one_or_at_once_gives_the_same_readings_of_a_value(rows: list[Row], steps: list[int]) -> None:
    runs = list(timed(rows, steps))
    by_one, at_once = stage_of(DEVICE), stage_of(DEVICE)
    singles = [reading for run in runs for reading in by_one.refine(run, LATEST).readings]
    together = at_once.refine([reading for run in runs for reading in run], LATEST).readings
    assert of_raw(singles) == of_raw(together)


@given(rows, st.lists(steps, min_size=25, max_size=25))
def test_no_raw_reading_is_lost_or_moved(rows: list[Row], steps: list[int]) -> None:
    runs = list(timed(rows, steps))
    found = [reading for run in runs for reading in stage_of(DEVICE).refine(run, LATEST).readings]
    for before, after in zip([one for run in runs for one in run], of_raw(found), strict=True):
        assert (before.point, before.at) == (after.point, after.at)
        assert after.value == before.value or (after.value is None and after.quality & Quality.FAULT)


def timed(rows: Sequence[Row], steps: Sequence[int]) -> list[list[Reading]]:
    at, runs = AT + 5 * HOUR, []
    for row, step in zip(rows, steps, strict=False):
        at += step
        runs.append(readings(at, row))
    return runs


def of_raw(found: Sequence[Reading]) -> list[Reading]:
    return [one for one in found if one.point in ("d/distance", "d/total", "d/rate", "d/degc")]
