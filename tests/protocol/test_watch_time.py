"""What time does to an alert: delays, silence, hours. A sample is expected every minute."""

import msgspec

from protocol.alert import State
from protocol.hours import Hours
from protocol.rule import Kind
from tests.protocol.judging import IRREGULAR, Judge, terms_of

INACTIVE, PENDING, FIRING = State.INACTIVE, State.PENDING, State.FIRING
CLEARING, RESOLVED = State.CLEARING, State.RESOLVED


def test_time_alone_fires_and_clears_while_the_sample_is_not_too_old() -> None:
    judge = Judge(terms_of(for_s=150, clear_for_s=150))
    assert [judge.sample(0, 51), judge.tick(149), judge.tick(150)] == [PENDING, PENDING, FIRING]
    assert [judge.sample(160, 9), judge.tick(309), judge.tick(310)] == [CLEARING, CLEARING, RESOLVED]
    assert judge.reasons == [(150, "fired"), (310, "cleared")]


def test_it_fires_with_the_sample_that_makes_the_count_full() -> None:
    judge = Judge(terms_of(for_s=1, count=2))
    judge.sample(0, 51)
    judge.sample(60, 51)
    assert judge.reasons == [(60, "fired")]


def test_a_sample_from_before_a_timer_does_not_turn_time_back() -> None:
    """The clock was looked at before a sample arrived that was taken a little earlier."""
    judge = Judge(terms_of(for_s=100))
    judge.sample(0, 51)
    judge.tick(100)
    assert judge.sample(95, 9, now=102) is RESOLVED
    assert judge.sample(97, 51, now=103) is PENDING
    judge.tick(197)
    assert judge.reasons == [(100, "fired"), (100, "cleared"), (197, "fired")]
    assert judge.told[2].course.began == 100_000


def test_a_delay_does_not_run_into_silence() -> None:
    judge = Judge(terms_of(for_s=181))
    judge.sample(0, 51)
    assert judge.tick(100_000) is PENDING
    assert judge.sample(100_000, 51) is PENDING
    assert judge.sample(100_180, 51) is PENDING
    assert judge.sample(100_181, 51) is FIRING
    assert judge.told[0].course.began == 0


def test_silence_is_never_recovery() -> None:
    judge = Judge(terms_of(clear_for_s=300))
    judge.sample(0, 51)
    judge.sample(60, 9)
    assert judge.tick(1_000_000) is CLEARING
    assert judge.watch.alert.stale
    judge.sample(1_000_020, 51)
    assert not judge.watch.alert.stale
    assert judge.reasons == [(0, "fired"), (240.001, "stale"), (1_000_020, "fresh")]


def test_what_resolves_when_it_is_heard_again_says_so_once() -> None:
    judge = Judge(terms_of())
    judge.sample(0, 51)
    judge.sample(1_000, 9)
    assert judge.reasons == [(0, "fired"), (180.001, "stale"), (1_000, "cleared")]
    assert [one.course.stale for one in judge.told] == [False, True, False]


def test_an_irregular_point_has_no_gaps() -> None:
    judge = Judge(terms_of(IRREGULAR, for_s=1_000))
    judge.sample(0, 51)
    assert judge.tick(1_000) is FIRING
    assert judge.tick(10_000_000) is FIRING
    assert judge.reasons == [(1_000, "fired")]


def test_silence_of_a_point() -> None:
    judge = Judge(terms_of(kind=Kind.NO_DATA, for_s=1_800))
    judge.sample(0, 1.0)
    assert [judge.tick(1_799), judge.tick(1_800)] == [INACTIVE, FIRING]
    assert judge.sample(3_000, 1.0) is RESOLVED
    assert [(one.course.reason, one.course.began, one.at) for one in judge.told] == [
        ("fired", 0, 1_800_000),
        ("cleared", 0, 3_000_000),
    ]


def test_a_point_that_was_never_heard_is_silent_since_somebody_listens() -> None:
    judge = Judge(terms_of(kind=Kind.NO_DATA, for_s=600), since=1_000)
    assert [judge.tick(1_599), judge.tick(1_600)] == [INACTIVE, FIRING]


def test_an_old_sample_does_not_end_a_silence() -> None:
    judge = Judge(terms_of(kind=Kind.NO_DATA, for_s=1_800))
    judge.tick(1_800)
    assert judge.sample(3_000, 1.0, now=9_000) is FIRING


def test_silence_that_comes_back_while_it_clears() -> None:
    judge = Judge(terms_of(kind=Kind.NO_DATA, for_s=600, clear_for_s=1_000))
    judge.tick(600)
    assert judge.sample(700, 1.0) is CLEARING
    assert judge.tick(1_300) is FIRING
    assert judge.watch.alert.occurrences == 2


def test_hours_limit_raising_alone() -> None:
    judge = Judge(terms_of(hours=Hours("01:00", "04:00")))
    hour = 3600
    assert judge.sample(0, 51) is INACTIVE
    assert judge.sample(hour, 51) is FIRING
    assert judge.sample(4 * hour, 51) is FIRING
    assert judge.sample(5 * hour, 9) is RESOLVED


def test_a_delay_does_not_end_outside_the_hours() -> None:
    judge = Judge(terms_of(IRREGULAR, for_s=600, hours=Hours("01:00", "04:00")))
    judge.sample(3.95 * 3_600, 51)
    assert judge.tick(5 * 3_600) is PENDING


def test_a_sample_raises_when_the_hours_begin() -> None:
    judge = Judge(terms_of(hours=Hours("01:00", "04:00")))
    judge.sample(3_550, 51)
    assert [judge.tick(3_599), judge.tick(3_600)] == [INACTIVE, FIRING]
    assert judge.told[0].course.began == 3_600_000


def test_no_hours_while_the_clock_is_not_trusted() -> None:
    known = terms_of(hours=Hours("00:00", "24:00"))
    judge = Judge(msgspec.structs.replace(known, offset=None))
    assert judge.sample(0, 51) is INACTIVE
    judge.terms = known
    assert judge.sample(60, 51) is FIRING
