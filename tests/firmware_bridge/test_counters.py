"""Differences: what a counter counted, and what no difference crosses: a reset, a swapped sensor, a gap."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.reading import Quality
from tests.firmware_bridge.refining import (
    AT,
    LATEST,
    MINUTE,
    SECOND,
    SINCE,
    Row,
    feed,
    readings,
    reasons,
    shown,
    stage_of,
    toml_of,
)

RESET = "the counter went back: it was reset or replaced, and no difference crosses that"
REBOOT = "the node started again: no difference crosses that"
SWAP = "the calibration from 2026-01-01T00:03:00Z begins: no difference crosses it"
LATE = "came after a newer one, or lies in the future: no difference is taken of it"
GAP = "there was no rate for long: what flowed meanwhile is not counted"

METER = f'kind = "rate_from_total"\ncalibrations = [{{ {SINCE} }}]'
PULSES = f'kind = "rate_from_pulses"\nwrap_bits = 16\ncalibrations = [{{ {SINCE}, pulses_per_litre = 450 }}]'
BOOTS = '\n[[fields]]\nfield = 2\nmetric = "boots"'
UPTIME = '\n[[fields]]\nfield = 2\nmetric = "uptime"\nunit = "s"'

plain = toml_of("L", METER)
limited = toml_of("L", f"{METER}\nmax_l_per_min = 100")
swapped = toml_of(
    "L", f'kind = "rate_from_total"\ncalibrations = [{{ {SINCE} }}, {{ from = 2026-01-01T00:03:00Z }}]'
)
wrapping = toml_of("", f"{PULSES}\nmax_l_per_min = 30")
counting = toml_of("", f'{PULSES}\nboots = "boots"', BOOTS)
bounded = toml_of("", f'{PULSES}\nmax_l_per_min = 30\nboots = "boots"', BOOTS)
timed = toml_of("", f'{PULSES}\nuptime = "uptime"', UPTIME)
integral = toml_of("L/min", f'kind = "total_from_rate"\nlongest_gap_s = 300\ncalibrations = [{{ {SINCE} }}]')


def totals(*values: float | None) -> list[Row]:
    return [{"raw": value} for value in values]


def booted(*values: tuple[float, float | None]) -> list[Row]:
    return [{"raw": raw, "boots": boots} for raw, boots in values]


def run_for(*values: tuple[float, float | None]) -> list[Row]:
    """With an uptime in s; a minute is between two rows."""
    return [{"raw": raw, "uptime": uptime} for raw, uptime in values]


CASES = [
    pytest.param(plain, totals(100, 110, 110, 115), ["10", "0", "5"], [], id="what flowed in each minute"),
    pytest.param(plain, totals(100, 110, 3, 5), ["10", "2"], [RESET], id="a meter that was reset"),
    pytest.param(plain, totals(100, None, 120), ["f", "10"], [], id="over a fault it is known what flowed"),
    pytest.param(limited, totals(100, 210, 220), ["110s", "10"], [], id="more than can flow is doubted"),
    pytest.param(swapped, totals(1, 2, 3, 900, 905), ["1", "1", "5"], [SWAP], id="a new meter, further on"),
    pytest.param(wrapping, totals(65_086, 0, 900), ["1", "2"], [], id="a wrap, and what is plausible"),
    pytest.param(wrapping, totals(40_000, 0, 450), ["1"], [RESET], id="too much for a wrap"),
    pytest.param(
        counting, booted((65_086, 7), (0, 7), (450, 7)), ["1", "1"], [], id="the same boot: it wrapped"
    ),
    pytest.param(
        counting, booted((65_086, 7), (0, 8), (450, 8)), ["1"], [REBOOT], id="another boot: it was reset"
    ),
    pytest.param(
        counting, booted((100, 7), (550, 8), (1000, 8)), ["1"], [REBOOT], id="a reset that looks like a gain"
    ),
    pytest.param(
        counting, booted((100, 7), (550, None), (1000, 8)), ["1"], [REBOOT], id="the count of boots fails"
    ),
    pytest.param(
        timed,
        [
            {"raw": 100, "uptime": 5000},
            {"raw": 550, "uptime": 5060},
            {"raw": 5000, "uptime": 30},
            {"raw": 5450, "uptime": 90},
        ],
        ["1", "1"],
        [REBOOT],
        id="an uptime that went back",
    ),
    pytest.param(
        timed, run_for((1000, 5), (50, 10)), [], [REBOOT], id="an uptime shorter than the time between"
    ),
    pytest.param(
        timed, run_for((10, 5), (500, 10)), [], [REBOOT], id="a reset that looks like a gain by uptime"
    ),
    pytest.param(
        timed, run_for((1000, 60), (50, None)), [], [RESET], id="no uptime beside a counter that went back"
    ),
    pytest.param(
        timed, run_for((65_086, 5), (0, 65)), ["1"], [], id="an uptime since before both: it wrapped"
    ),
    pytest.param(
        timed, run_for((65_086, None), (0, 60)), ["1"], [], id="an uptime that says enough by itself"
    ),
    pytest.param(
        counting,
        booted((1000, 7), (50, None)),
        [],
        [RESET],
        id="no count of boots beside a counter that went back",
    ),
    pytest.param(
        bounded,
        booted((40_000, 7), (0, 7)),
        [],
        [RESET],
        id="too much for a wrap, though it is the same boot",
    ),
    pytest.param(integral, totals(10, 20, 20), ["0", "15", "35"], [], id="what a rate comes to"),
    pytest.param(integral, totals(10, None, 10), ["0", "f", "20"], [], id="a rate that failed for a minute"),
]


@pytest.mark.parametrize(("settings", "rows", "values", "events"), CASES)
def test_differences(settings: str, rows: list[Row], values: list[str], events: list[str]) -> None:
    refined = feed(stage_of(settings), rows)
    assert shown(refined, "it") == values
    assert reasons(refined) == events


def test_a_gap_is_not_made_up() -> None:
    stage = stage_of(integral)
    before, after = feed(stage, totals(10, 10)), feed(stage, totals(10, 10), first=AT + 60 * MINUTE)
    assert shown([*before, *after], "it") == ["0", "10", "20"]
    assert reasons(after) == [GAP]


def test_a_late_total_is_kept_and_disturbs_nothing() -> None:
    stage = stage_of(plain)
    feed(stage, totals(100, 110))
    late = [stage.refine(readings(AT + seconds * SECOND, {"raw": 105}), LATEST) for seconds in (30, 40)]
    assert [len(one.readings) for one in late] == [1, 1]
    assert reasons(late) == [LATE]  # told once
    assert shown(feed(stage, totals(120), first=AT + 2 * MINUTE), "it") == ["10"]


def test_the_same_total_again_is_no_news() -> None:
    stage = stage_of(plain)
    feed(stage, totals(100, 110))
    again = feed(stage, totals(100, 110))
    assert shown(again, "it") == []
    assert shown(feed(stage, totals(130), first=AT + 3 * MINUTE), "it") == ["10"]


def test_a_suspect_total_is_never_what_the_next_rate_is_taken_from() -> None:
    stage = stage_of(plain)
    feed(stage, totals(100))
    spike = stage.refine(readings(AT + MINUTE, {"raw": 5000}, Quality.SUSPECT), LATEST)
    dip = stage.refine(readings(AT + 2 * MINUTE, {"raw": 0}, Quality.SUSPECT), LATEST)
    good = feed(stage, totals(130), first=AT + 3 * MINUTE)
    assert shown([spike, dip, *good], "it") == ["4900s", "10"]
    assert reasons([spike, dip, *good]) == []


def test_an_event_says_where_and_from_what() -> None:
    (_, refined) = feed(stage_of(plain), totals(100, 3))
    (event,) = refined.rejects
    assert (event.where, event.text) == ("d/it", f"100, then 3 at {AT + MINUTE}")


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=30))
def test_rates_add_up_to_what_the_meter_counted(gains: list[int]) -> None:
    counter = [float(value) for value in accumulate(gains)]
    refined = feed(stage_of(plain), totals(*counter))
    rates = [reading.value for one in refined for reading in one.readings if reading.point == "d/it"]
    assert [rate for rate in rates if rate is not None] == [
        after - before for before, after in pairwise(counter)
    ]


@given(st.lists(st.floats(0, 1e6) | st.none(), max_size=30))
def test_a_total_never_goes_back(rates: list[float | None]) -> None:
    refined = feed(stage_of(integral), totals(*rates))
    found = [
        reading.value
        for one in refined
        for reading in one.readings
        if reading.point == "d/it" and reading.value is not None
    ]
    assert found == sorted(found)
