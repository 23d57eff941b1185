"""Transitions become the same alerts in whatever order, and however often, they arrive."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.course import Course
from protocol.fold import Joined, fold, join, merge
from protocol.messages import Transition
from protocol.rule import Severity
from tests.protocol.judging import Judge, terms_of

RUNGS = [{"threshold": 50, "severity": "warning"}, {"threshold": 90, "severity": "critical"}]


def told(prefix: str = "a", since: int = 0) -> list[Transition]:
    """Two alerts of a judge, the first of which rises, clears and is reopened."""
    judge = Judge(terms_of(ladder=RUNGS, cooldown_s=300), prefix=prefix)
    for at, value in enumerate([51, 95, 9, 60, 9, 9, 9, 9, 9, 9, 51]):
        judge.sample(since + at * 60, value)
    return judge.told


def transition(alert: str, counter: int, learned_at: int, **fields: Any) -> Transition:
    course = {"counter": counter, "began": fields.pop("began", 0), "reason": fields.pop("reason", "fired")}
    given: dict[str, Any] = {"state": "firing", "severity": "warning", "at": learned_at} | fields
    return Transition(
        id=f"{alert}/{counter}",
        alert=alert,
        rule="r",
        rule_version=1,
        point="oht-1/level",
        learned_at=learned_at,
        course=Course(**course),
        **given,
    )


def test_the_fold_tells_what_the_judge_knows() -> None:
    transitions = told()
    first, second = fold(merge({}, transitions)).values()
    assert (first.id, first.counter, first.severity, first.ended_at) == ("a-1", 5, Severity.CRITICAL, 240_000)
    assert (first.began, first.fired_at, first.seen_at) == (0, 0, 180_000)
    assert (first.paged_by, first.occurrences) == (4, 2)
    assert (second.id, second.began, second.ended_at, second.severity) == ("a-2", 600_000, None, "warning")


@given(order=st.randoms(use_true_random=False), times=st.integers(1, 3))
def test_order_and_repetition_change_nothing(order: random.Random, times: int) -> None:
    transitions = told()
    arrived = transitions * times
    order.shuffle(arrived)
    assert fold(merge({}, arrived)) == fold(merge({}, transitions))


@given(st.lists(st.sets(st.integers(0, 5)), min_size=3, max_size=3))
def test_merging_is_commutative_associative_and_idempotent(parts: list[set[int]]) -> None:
    transitions = told()
    a, b, c = ([transitions[place] for place in part] for part in parts)
    assert merge(merge({}, a), b) == merge(merge({}, b), a)
    assert merge(merge(merge({}, a), b), c) == merge(merge({}, a), merge(merge({}, b), c).values())
    assert merge(merge({}, a), a) == merge({}, a)


def test_two_that_claim_one_place_are_settled_the_same_way_everywhere() -> None:
    one, other = transition("a", 1, 100), transition("a", 1, 200)
    assert merge({}, [one, other]) == merge({}, [other, one])


def test_an_older_writer_tells_less() -> None:
    sparse = msgspec.structs.replace(transition("a", 0, 100), course=Course(), severity="grave")
    (alert,) = fold(merge({}, [sparse])).values()
    assert (alert.began, alert.seen_at, alert.severity) == (100, 100, Severity.WARNING)


def joined(transitions: list[Transition]) -> list[Joined]:
    return join(fold(merge({}, transitions)).values())


def test_a_judge_that_began_anew_tells_the_same_alert_under_another_id() -> None:
    before = [transition("old", 1, 100, began=50)]
    after = [transition("new", 1, 300, began=250, severity="critical")]
    (alert,) = joined(before + after)
    assert (alert.id, alert.aliases, alert.newest.id) == ("old", ("new",), "new")
    assert (alert.began, alert.ended_at, alert.severity) == (50, None, Severity.CRITICAL)
    (ended,) = joined(before + after + [transition("new", 2, 400, began=250, state="resolved")])
    assert (ended.id, ended.ended_at) == ("old", 400)


def test_what_begins_after_the_end_is_another_alert() -> None:
    transitions = [
        transition("a", 1, 100),
        transition("a", 2, 200, state="resolved"),
        transition("b", 1, 300, began=200),
    ]
    assert [one.id for one in joined(transitions)] == ["a", "b"]


@given(order=st.randoms(use_true_random=False))
def test_joining_looks_at_no_order_either(order: random.Random) -> None:
    transitions = told("old") + told("new", since=30)
    expected = joined(transitions)
    order.shuffle(transitions)
    assert joined(transitions) == expected
    assert [(one.id, one.aliases) for one in expected] == [("old-1", ("new-1",)), ("old-2", ("new-2",))]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        pytest.param((None, None), None, id="both open"),
        pytest.param((200, None), None, id="the newer one is open"),
        pytest.param((None, 350), 350, id="the newer one has ended"),
        pytest.param((330, 320), 330, id="the later end"),
    ],
)
def test_the_end_of_two(ends: tuple[int | None, int | None], expected: int | None) -> None:
    transitions = [transition("old", 1, 100), transition("new", 1, 310, began=150)]
    for learned_at, (alert, end) in enumerate(zip(("old", "new"), ends, strict=True), start=340):
        if end is not None:
            transitions.append(transition(alert, 2, learned_at, at=end, state="resolved"))
    assert [one.ended_at for one in joined(transitions)] == [expected]
