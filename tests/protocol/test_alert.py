"""The alert machine by its table."""

import pytest

from protocol.alert import NEXT, OPEN, Alert, State, step
from protocol.judge import Signal
from tests.protocol.judging import ids, terms_of

CASES = [
    pytest.param(State.INACTIVE, Signal.BREACH, State.PENDING, id="the first breach waits"),
    pytest.param(State.INACTIVE, Signal.BETWEEN, State.INACTIVE, id="between is no breach"),
    pytest.param(State.INACTIVE, Signal.CLEAR, State.INACTIVE, id="nothing to clear"),
    pytest.param(State.INACTIVE, Signal.HELD, State.INACTIVE, id="nothing was held"),
    pytest.param(State.INACTIVE, Signal.REVOKED, State.INACTIVE, id="nothing to revoke"),
    pytest.param(State.PENDING, Signal.BREACH, State.PENDING, id="it goes on waiting"),
    pytest.param(State.PENDING, Signal.BETWEEN, State.INACTIVE, id="hysteresis plays no part"),
    pytest.param(State.PENDING, Signal.CLEAR, State.INACTIVE, id="a short spike is forgotten"),
    pytest.param(State.PENDING, Signal.HELD, State.FIRING, id="it has waited"),
    pytest.param(State.PENDING, Signal.REVOKED, State.INACTIVE, id="the rule no longer holds"),
    pytest.param(State.FIRING, Signal.BREACH, State.FIRING, id="it fires on"),
    pytest.param(State.FIRING, Signal.BETWEEN, State.FIRING, id="hysteresis keeps it"),
    pytest.param(State.FIRING, Signal.CLEAR, State.CLEARING, id="the first clear sample waits"),
    pytest.param(State.FIRING, Signal.HELD, State.FIRING, id="a delay that is over already"),
    pytest.param(State.FIRING, Signal.REVOKED, State.RESOLVED, id="firing, and the rule no longer holds"),
    pytest.param(State.CLEARING, Signal.BREACH, State.FIRING, id="it raises again"),
    pytest.param(State.CLEARING, Signal.BETWEEN, State.FIRING, id="it does not clear any more"),
    pytest.param(State.CLEARING, Signal.CLEAR, State.CLEARING, id="it goes on clearing"),
    pytest.param(State.CLEARING, Signal.HELD, State.RESOLVED, id="it has cleared"),
    pytest.param(State.CLEARING, Signal.REVOKED, State.RESOLVED, id="clearing, and the rule is gone"),
    pytest.param(State.RESOLVED, Signal.BREACH, State.PENDING, id="another alert, or the same again"),
    pytest.param(State.RESOLVED, Signal.BETWEEN, State.RESOLVED, id="between after the end"),
    pytest.param(State.RESOLVED, Signal.CLEAR, State.RESOLVED, id="it stays resolved"),
    pytest.param(State.RESOLVED, Signal.HELD, State.RESOLVED, id="nothing waits"),
    pytest.param(State.RESOLVED, Signal.REVOKED, State.RESOLVED, id="nothing to resolve"),
]


@pytest.mark.parametrize(("state", "signal", "expected"), CASES)
def test_step(state: State, signal: Signal, expected: State) -> None:
    assert step(terms_of(), Alert(state=state), signal, 1_000, ids()).state is expected


def test_the_cases_are_all_there_are() -> None:
    assert {(case.values[0], case.values[1]) for case in CASES} == {
        (state, signal) for state in State for signal in Signal
    }


@pytest.mark.parametrize(("state", "signal"), NEXT)
def test_others_are_told_of_a_beginning_and_an_end(state: State, signal: Signal) -> None:
    before = Alert(state=state, id="a-0", counter=3)
    after = step(terms_of(), before, signal, 1_000, ids())
    opens_or_ends = (state in OPEN) is not (after.state in OPEN)
    assert ((after.id, after.counter) != ("a-0", 3)) is opens_or_ends
