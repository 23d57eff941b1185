"""History depends on the samples alone: not on their order, their number or their delay."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.alert import State
from protocol.episodes import LATE_HORIZON, Episode, episodes, true_began
from protocol.judge import Sample
from protocol.reading import Point
from protocol.rule import Severity
from protocol.terms import Terms
from tests.protocol.judging import Judge, terms_of
from tests.protocol.wandering import MINUTE, RULES, wandering

WEEK = 7 * 24 * 60


def told_in_time(judge: Judge, samples: list[Sample]) -> list[tuple[int, int, str]]:
    """What a judge told that was there all the time: when each alert began and fired, and how bad it got."""
    for sample in samples:
        judge.tick(sample.at / 1000 - 0.001)
        judge.sample(sample.at / 1000, sample.value, sample.quality)
    fired = [one for one in judge.told if one.course.reason in ("fired", "reopened")]
    return [(one.course.began or 0, one.at, one.severity) for one in fired]


@pytest.mark.parametrize("terms", RULES)
def test_a_backlog_of_seven_days_gives_the_episodes_of_on_time_arrival(terms: Terms) -> None:
    """Promise 1."""
    samples = wandering(7, WEEK)
    until = samples[-1].at
    history = episodes(terms, samples, until, horizon=until)
    judge = Judge(msgspec.structs.replace(terms, cooldown=0))
    assert [(one.began, one.fired_at, one.severity) for one in history] == told_in_time(judge, samples)
    assert len(history) > 3


@pytest.mark.parametrize("terms", RULES)
def test_a_thousand_shuffles_and_duplications_give_identical_episodes(terms: Terms) -> None:
    """Promise 2."""
    samples = wandering(3, 240)
    until = 250 * MINUTE
    expected = episodes(terms, samples, until)
    chance = random.Random(2)
    for _ in range(1_000 // len(RULES)):
        arrived = samples + chance.choices(samples, k=chance.randrange(20))
        chance.shuffle(arrived)
        assert episodes(terms, arrived, until) == expected


@given(
    values=st.lists(st.tuples(st.integers(0, 30), st.sampled_from([10.0, 45.0, 60.0, 95.0])), max_size=30),
    order=st.randoms(use_true_random=False),
)
def test_nor_do_two_values_of_one_time(values: list[tuple[int, float]], order: random.Random) -> None:
    terms = terms_of(for_s=120, clear_threshold=40)
    samples = [Sample(at * MINUTE, value) for at, value in values]
    expected = episodes(terms, samples, 40 * MINUTE)
    order.shuffle(samples)
    assert episodes(terms, samples + samples[:5], 40 * MINUTE) == expected


def test_what_is_older_than_the_horizon_is_not_judged() -> None:
    samples = [Sample(0, 60.0), Sample(MINUTE, 60.0)]
    assert len(episodes(terms_of(), samples, LATE_HORIZON)) == 1
    assert episodes(terms_of(), samples, LATE_HORIZON + MINUTE + 1) == []


def test_an_episode() -> None:
    ladder = [{"threshold": 50, "severity": "warning"}, {"threshold": 90, "severity": "critical"}]
    terms = terms_of(for_s=60, ladder=ladder)
    samples = [Sample(at * MINUTE, value) for at, value in enumerate([60.0, 60.0, 95.0, 9.0, 60.0])]
    assert episodes(terms, samples, 10 * MINUTE) == [
        Episode(0, MINUTE, 3 * MINUTE, Severity.CRITICAL),
        Episode(4 * MINUTE, 5 * MINUTE, None, Severity.WARNING),
    ]


def test_a_week_that_comes_at_once_pages_once_with_the_true_began() -> None:
    """60,480 readings of seven days offline; a replay that ends in a live sample which still fires."""
    judge, step = Judge(terms_of(Point("oht-1/level", "m", 10.0))), 10_000
    replay = [Sample(at * step, 60.0 if at > 1_000 else 9.0) for at in range(60_480)]
    until = replay[-1].at
    for sample in replay:
        judge.sample(sample.at / 1000, sample.value, now=until / 1000)
    assert [one.course.reason for one in judge.told] == ["fired"]
    history = episodes(judge.terms, replay, until, horizon=until)
    assert judge.told[0].at == until - judge.terms.late_after
    assert true_began(history, judge.told[0].at) == 1_001 * step
    assert true_began([], judge.told[0].at) == judge.told[0].at


def test_a_week_that_ended_well_pages_nobody() -> None:
    judge, replay = Judge(terms_of()), [Sample(at * MINUTE, 60.0) for at in range(WEEK)]
    for sample in replay:
        judge.sample(sample.at / 1000, sample.value, now=WEEK * 60 + 900)
    assert judge.sample(WEEK * 60, 9.0, now=WEEK * 60 + 900) is State.INACTIVE
    assert judge.told == []
