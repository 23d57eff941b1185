"""A rule is edited or deleted while its alert stands; a judge restarts; its clock is set."""

from typing import Any

import pytest

from protocol.alert import State
from protocol.rule import Kind, Severity
from protocol.watch import Watched, change, withdraw
from protocol.watched import resumed, shifted
from tests.protocol.judging import Judge, ids, terms_of

RUNGS = [{"threshold": 50, "severity": "warning"}, {"threshold": 70, "severity": "critical"}]


def changed(judge: Judge, at: float, **fields: Any) -> Watched:
    after, now = terms_of(version=2, **fields), round(at * 1000)
    return change(judge.terms, after, judge.watch, now, now, ids("b"))


FIRING = [
    pytest.param({"threshold": 60}, State.FIRING, None, id="it holds by the new threshold"),
    pytest.param({"threshold": 90}, State.RESOLVED, "rule changed", id="it no longer holds"),
    pytest.param({"for_s": 3_600}, State.FIRING, None, id="a longer delay takes nothing back"),
    pytest.param(
        {"threshold": 90, "clear_threshold": 70}, State.FIRING, None, id="between the thresholds it stays"
    ),
    pytest.param({"ladder": RUNGS, "threshold": None}, State.FIRING, "rose", id="a rung higher"),
    pytest.param({"kind": Kind.RATE}, State.FIRING, None, id="what was heard says nothing about it"),
]


@pytest.mark.parametrize(("fields", "state", "reason"), FIRING)
def test_an_open_alert_is_judged_again(fields: dict[str, Any], state: State, reason: str | None) -> None:
    judge = Judge(terms_of())
    judge.sample(0, 80)
    watch, told = changed(judge, 30, **fields)
    assert watch.alert.state is state
    assert [(one.course.reason, one.rule_version) for one in told] == ([(reason, 2)] if reason else [])


def test_a_pending_alert_is_dropped_in_silence_or_goes_on() -> None:
    judge = Judge(terms_of(for_s=100))
    judge.sample(0, 80)
    assert changed(judge, 30, for_s=100, threshold=90)[0].alert.state is State.INACTIVE
    watch, told = changed(judge, 30, for_s=60)
    assert (watch.alert.state, watch.alert.since, told) == (State.PENDING, 0, [])


def test_a_delay_does_not_run_on_for_a_rule_that_measures_otherwise() -> None:
    judge = Judge(terms_of(for_s=100))
    judge.sample(0, 80)
    assert changed(judge, 30, for_s=100, kind=Kind.RATE)[0].alert.state is State.INACTIVE


def test_silence_is_judged_again_by_its_length() -> None:
    judge = Judge(terms_of(kind=Kind.NO_DATA, for_s=600))
    judge.tick(600)
    assert changed(judge, 700, kind=Kind.NO_DATA, for_s=650)[0].alert.state is State.FIRING
    assert changed(judge, 700, kind=Kind.NO_DATA, for_s=900)[0].alert.state is State.RESOLVED


def test_deleting_a_rule_resolves_its_alert() -> None:
    judge = Judge(terms_of())
    judge.sample(0, 80)
    watch, told = withdraw(judge.terms, judge.watch, 1_000, 1_000, ids())
    assert watch.alert.state is State.RESOLVED
    assert [(one.course.reason, one.state) for one in told] == [("rule changed", "resolved")]
    assert withdraw(judge.terms, watch, 2_000, 2_000, ids()) == (watch, [])


def test_after_a_restart_silence_counts_from_then() -> None:
    judge = Judge(terms_of(kind=Kind.NO_DATA, for_s=600))
    judge.sample(0, 1.0)
    judge.watch = resumed(judge.watch, 10_000_000)
    assert [judge.tick(10_599), judge.tick(10_600)] == [State.INACTIVE, State.FIRING]


def test_after_a_restart_a_firing_alert_is_not_told_again_nor_stale_at_once() -> None:
    judge = Judge(terms_of())
    judge.sample(0, 80)
    judge.store_and_restore()
    judge.watch = resumed(judge.watch, 10_000_000)
    judge.tick(10_000)
    judge.sample(10_060, 80)
    assert judge.reasons == [(0, "fired")]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"for_s": 120}, id="threshold"),
        pytest.param({"kind": Kind.RATE, "threshold": 50}, id="rate"),
        pytest.param({"kind": Kind.AGGREGATE, "window_s": 120, "threshold": 100}, id="aggregate"),
        pytest.param({"kind": Kind.NO_DATA, "for_s": 100, "clear_for_s": 90}, id="no data"),
    ],
)
def test_on_another_clock_the_same_happens_later(fields: dict[str, Any]) -> None:
    here, there = Judge(terms_of(**fields)), Judge(terms_of(**fields))
    for at, value in enumerate([10, 20, 60]):
        here.sample(at * 60, value)
        there.sample(at * 60, value)
    assert not here.told
    there.watch = shifted(there.watch, 1_000_000)
    for at, value in enumerate([99, 160, 170, 9, 9, 9], start=5):
        here.sample(at * 60, value)
        there.sample(at * 60 + 1_000, value)
        assert there.state is here.state
    assert here.told
    assert there.reasons == [(at + 1_000, reason) for at, reason in here.reasons]


def test_severity_words_are_ordered() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == ["info", "warning", "critical"]
