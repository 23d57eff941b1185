"""An alert's life by samples and by time. Times are seconds; a sample is expected every minute."""

from typing import Any

import pytest

from protocol.alert import State
from protocol.breaks import Breaks
from protocol.reading import Quality
from protocol.rule import Kind, Statistic
from tests.protocol.judging import Judge, terms_of

INACTIVE, PENDING, FIRING = State.INACTIVE, State.PENDING, State.FIRING
CLEARING, RESOLVED = State.CLEARING, State.RESOLVED
SUSPECT, FAULT = int(Quality.SUSPECT), int(Quality.FAULT)

# rule, [(at, value)], states
LIVES = [
    pytest.param({}, [(0, 51), (60, 50)], [FIRING, RESOLVED], id="no delay: at once, both ways"),
    pytest.param({"for_s": 60}, [(0, 51), (60, 51)], [PENDING, FIRING], id="held for long enough"),
    pytest.param({"for_s": 90}, [(0, 51), (60, 9)], [PENDING, INACTIVE], id="a short spike is dropped"),
    pytest.param(
        {"for_s": 90, "clear_threshold": 40},
        [(0, 51), (60, 45)],
        [PENDING, INACTIVE],
        id="hysteresis plays no part before it fires",
    ),
    pytest.param(
        {"count": 3},
        [(0, 51), (60, 51), (120, 9), (180, 51), (240, 51), (300, 51)],
        [PENDING, PENDING, INACTIVE, PENDING, PENDING, FIRING],
        id="three readings in a row",
    ),
    pytest.param(
        {"count": 2, "for_s": 120},
        [(0, 51), (60, 51), (120, 51)],
        [PENDING, PENDING, FIRING],
        id="count and delay must both be met",
    ),
    pytest.param(
        {"clear_threshold": 40},
        [(0, 51), (60, 45), (120, 40), (180, 45), (240, 51)],
        [FIRING, FIRING, RESOLVED, RESOLVED, FIRING],
        id="between the thresholds nothing changes",
    ),
    pytest.param(
        {"clear_for_s": 120},
        [(0, 51), (60, 9), (120, 51), (180, 9), (240, 9), (300, 9)],
        [FIRING, CLEARING, FIRING, CLEARING, CLEARING, RESOLVED],
        id="whoever fires again starts the clearing anew",
    ),
    pytest.param(
        {"clear_for_s": 120, "clear_threshold": 40},
        [(0, 51), (60, 9), (120, 45)],
        [FIRING, CLEARING, FIRING],
        id="a sample between the thresholds ends the clearing",
    ),
    pytest.param(
        {"for_s": 300},
        [(0, 51), (60, 51), (600, 51), (660, 51), (839, 51), (840, 51)],
        [PENDING, PENDING, PENDING, PENDING, PENDING, FIRING],
        id="a long gap neither runs nor resets the delay",
    ),
    pytest.param(
        {"clear_for_s": 240},
        [(0, 51), (60, 9), (600, 9), (660, 9), (840, 9)],
        [FIRING, CLEARING, CLEARING, CLEARING, RESOLVED],
        id="nor that of clearing",
    ),
    pytest.param({"op": "==", "threshold": 1}, [(0, 1), (60, 2)], [FIRING, RESOLVED], id="equal"),
    pytest.param({"op": "!=", "threshold": 1}, [(0, 1), (60, 2)], [INACTIVE, FIRING], id="different"),
    pytest.param({"op": ">=", "threshold": 1}, [(0, 1), (60, 0.9)], [FIRING, RESOLVED], id="at least"),
    pytest.param({"op": "<=", "threshold": 1}, [(0, 1), (60, 1.1)], [FIRING, RESOLVED], id="at most"),
    pytest.param(
        {"unit": "cm", "op": "<", "threshold": 30},
        [(0, 0.29), (60, 0.31)],
        [FIRING, RESOLVED],
        id="a threshold in another unit",
    ),
    pytest.param(
        {"kind": Kind.RATE, "unit": "cm", "per_s": 60, "op": "<", "threshold": -5},
        [(0, 1.0), (60, 0.96), (120, 0.90), (180, 0.90)],
        [INACTIVE, INACTIVE, FIRING, RESOLVED],
        id="falls by more than 5 cm a minute",
    ),
    pytest.param(
        {"kind": Kind.RATE, "min_dt_s": 120, "threshold": 5},
        [(0, 0), (60, 100), (120, 20), (180, 100), (240, 20)],
        [INACTIVE, INACTIVE, FIRING, FIRING, RESOLVED],
        id="a rate looks at samples that lie far enough apart",
    ),
    pytest.param(
        {"kind": Kind.RATE, "threshold": 5},
        [(0, 0), (600, 1e6), (660, 1e6)],
        [INACTIVE, INACTIVE, INACTIVE],
        id="a rate does not look across a gap",
    ),
    pytest.param(
        {"kind": Kind.AGGREGATE, "statistic": Statistic.MEAN, "window_s": 120, "threshold": 5},
        [(0, 0), (60, 9), (120, 9), (180, 0), (240, 0)],
        [INACTIVE, INACTIVE, FIRING, RESOLVED, RESOLVED],
        id="the mean of a window, once it is full",
    ),
    pytest.param(
        {"kind": Kind.AGGREGATE, "statistic": Statistic.SUM, "window_s": 120, "op": "<", "threshold": 5},
        [(0, 0), (60, 0), (120, 0), (600, 0), (660, 0)],
        [INACTIVE, INACTIVE, FIRING, FIRING, FIRING],
        id="after a gap a window fills anew",
    ),
    pytest.param(
        {"kind": Kind.AGGREGATE, "statistic": Statistic.MIN, "window_s": 120, "threshold": 5},
        [(0, 9), (60, 3), (120, 9), (180, 9)],
        [INACTIVE, INACTIVE, INACTIVE, FIRING],
        id="the least of a window",
    ),
    pytest.param(
        {"kind": Kind.AGGREGATE, "statistic": Statistic.MAX, "window_s": 120, "threshold": 5},
        [(0, 0), (60, 9), (120, 0), (180, 0)],
        [INACTIVE, INACTIVE, FIRING, RESOLVED],
        id="the most of a window",
    ),
]


@pytest.mark.parametrize(("fields", "samples", "states"), LIVES)
def test_states(fields: dict[str, Any], samples: list[tuple[int, float]], states: list[State]) -> None:
    judge = Judge(terms_of(**fields))
    assert [judge.sample(at, value) for at, value in samples] == states


def test_only_good_readings_judge() -> None:
    judge = Judge(terms_of(count=2))
    judge.sample(0, 51)
    assert judge.sample(60, 99, SUSPECT) is PENDING
    assert judge.sample(120, None, FAULT) is PENDING
    assert judge.sample(180, 51) is FIRING


def test_the_same_sample_again_is_no_second_reading() -> None:
    judge = Judge(terms_of(count=2))
    assert [judge.sample(0, 51), judge.sample(0, 51)] == [PENDING, PENDING]


def test_faults_feed_a_rule_of_their_own() -> None:
    judge = Judge(terms_of(kind=Kind.FAULT))
    states = [judge.sample(0, 1.0), judge.sample(60, None, FAULT), judge.sample(120, 1.0, SUSPECT)]
    assert states == [INACTIVE, FIRING, FIRING]
    assert judge.sample(180, 1.0) is RESOLVED


def test_a_late_sample_changes_no_alert() -> None:
    judge = Judge(terms_of())
    judge.sample(1_000, 9)
    before = judge.watch
    assert judge.sample(940, 51, now=1_001) is INACTIVE
    assert judge.sample(1_060, 51, now=2_000) is INACTIVE  # on time in its series, 15 min 40 s old
    assert judge.watch == before
    assert judge.sample(1_120, 51, now=2_020) is FIRING


def test_a_rate_does_not_look_across_a_counter_reset() -> None:
    fields: dict[str, Any] = {"kind": Kind.RATE, "op": "<", "threshold": -5}
    judge = Judge(terms_of(breaks=Breaks(counts=True), **fields))
    assert [judge.sample(0, 1_000), judge.sample(60, 3), judge.sample(120, 900)] == [INACTIVE] * 3
    falls = Judge(terms_of(**fields))  # no counter: it may fall
    assert [falls.sample(0, 1_000), falls.sample(60, 3)] == [INACTIVE, FIRING]


def test_a_rate_does_not_look_across_a_change_of_calibration() -> None:
    judge = Judge(terms_of(breaks=Breaks(dates=(60_000, 200_000)), kind=Kind.RATE, op="<", threshold=-5))
    assert [judge.sample(0, 1_000), judge.sample(60, 500), judge.sample(120, 100)] == [
        INACTIVE,
        INACTIVE,
        FIRING,
    ]


def test_a_window_does_not_hold_what_was_before_a_change_of_calibration() -> None:
    fields: dict[str, Any] = {"kind": Kind.AGGREGATE, "statistic": "max", "window_s": 600, "threshold": 50}
    crossed, unbroken = Judge(terms_of(**fields)), Judge(terms_of(breaks=Breaks((90_000,)), **fields))
    for at in range(0, 660, 60):
        state = crossed.sample(at, 99 if at == 60 else 1), unbroken.sample(at, 99 if at == 60 else 1)
    assert state == (FIRING, INACTIVE)
