"""The breaker by its table, and by whatever sequence of calls hypothesis thinks of."""

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocol import breaker
from protocol.breaker import Breaker, Policy, State

POLICY = Policy(failures=3, half_life_s=60, open_s=10, longest_open_s=40, successes=2, probes=2)
CLOSED = Breaker(at=100)
OPEN = Breaker(state=State.OPEN, failures=3, at=100, until=110, openings=1)
HALF_OPEN = Breaker(state=State.HALF_OPEN, failures=3, at=100, until=110, openings=1, probing=1)


def certain() -> float:
    return 1.0


def fail(value: Breaker, times: int, now: float) -> Breaker:
    for _ in range(times):
        value = breaker.failed(value, POLICY, now, certain)
    return value


MAY_CALL = [
    pytest.param(CLOSED, 100, True, id="closed: calls pass"),
    pytest.param(OPEN, 109.9, False, id="open: calls wait"),
    pytest.param(OPEN, 110, True, id="open for long enough: a probe may try"),
    pytest.param(HALF_OPEN, 111, True, id="half open: another probe"),
    pytest.param(msgspec.structs.replace(HALF_OPEN, probing=2), 111, False, id="half open: no third probe"),
]


@pytest.mark.parametrize(("value", "now", "expected"), MAY_CALL)
def test_may_call(value: Breaker, now: float, expected: bool) -> None:
    assert breaker.may_call(value, POLICY, now) is expected


STATES = [
    pytest.param(fail(CLOSED, 2, 100), State.CLOSED, id="two failures are not enough"),
    pytest.param(fail(CLOSED, 3, 100), State.OPEN, id="the third opens it"),
    pytest.param(fail(fail(CLOSED, 2, 100), 1, 400), State.CLOSED, id="old failures fade"),
    pytest.param(fail(OPEN, 1, 105), State.OPEN, id="a late failure changes nothing"),
    pytest.param(breaker.succeeded(OPEN, POLICY, 105), State.OPEN, id="nor does a late success"),
    pytest.param(breaker.started(OPEN), State.HALF_OPEN, id="the first probe half opens it"),
    pytest.param(fail(HALF_OPEN, 1, 111), State.OPEN, id="a failed probe opens it again"),
    pytest.param(
        breaker.succeeded(HALF_OPEN, POLICY, 111), State.HALF_OPEN, id="one good probe is not enough"
    ),
    pytest.param(
        breaker.succeeded(breaker.succeeded(HALF_OPEN, POLICY, 111), POLICY, 112),
        State.CLOSED,
        id="two close it",
    ),
    pytest.param(breaker.abandoned(HALF_OPEN), State.HALF_OPEN, id="a cancelled probe says nothing"),
    pytest.param(breaker.restored(HALF_OPEN), State.OPEN, id="after a restart no probe is under way"),
]


@pytest.mark.parametrize(("value", "expected"), STATES)
def test_states(value: Breaker, expected: State) -> None:
    assert value.state is expected


def test_each_reopening_waits_twice_as_long_up_to_the_longest() -> None:
    value, waits = fail(CLOSED, 3, 100), []
    for _ in range(5):
        waits.append(value.until - 100)
        value = breaker.failed(breaker.started(value), POLICY, 100, certain)
    assert waits == [10, 20, 40, 40, 40]


def test_closing_forgets_the_reopenings() -> None:
    value = breaker.succeeded(breaker.succeeded(HALF_OPEN, POLICY, 111), POLICY, 112)
    assert value == Breaker(at=112)


def test_a_restored_breaker_may_probe_at_once_and_goes_on_doubling() -> None:
    value = breaker.restored(msgspec.structs.replace(OPEN, until=1e9))
    assert breaker.may_call(value, POLICY, 0)
    again = breaker.failed(breaker.started(value), POLICY, 1, certain)
    assert again.until == 1 + 20


class Calls(RuleBasedStateMachine):
    """Any calls, any outcomes, any pauses: what must hold for whoever waits behind the breaker."""

    def __init__(self) -> None:
        super().__init__()
        self.value = Breaker()
        self.now = 0.0
        self.under_way = 0

    @rule(seconds=st.floats(0, 1_000))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: breaker.may_call(self.value, POLICY, self.now))
    @rule()
    def start(self) -> None:
        self.value = breaker.started(self.value)
        self.under_way += 1

    @precondition(lambda self: self.under_way)
    @rule()
    def succeed(self) -> None:
        self.value = breaker.succeeded(self.value, POLICY, self.now)
        self.under_way -= 1

    @precondition(lambda self: self.under_way)
    @rule(chance=st.floats(0, 1))
    def fail(self, chance: float) -> None:
        self.value = breaker.failed(self.value, POLICY, self.now, lambda: chance)
        self.under_way -= 1

    @precondition(lambda self: self.under_way)
    @rule()
    def cancel(self) -> None:
        self.value = breaker.abandoned(self.value)
        self.under_way -= 1

    @rule()
    def restart(self) -> None:
        self.value = breaker.restored(self.value)
        self.now, self.under_way = 0.0, 0

    @invariant()
    def probes_are_limited(self) -> None:
        if self.value.state is State.HALF_OPEN:
            assert 0 <= self.value.probing <= POLICY.probes

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        """With nothing under way a call may start, at the latest after the longest wait."""
        assert self.value.until - self.now <= POLICY.longest_open_s
        if not self.under_way:
            assert breaker.may_call(self.value, POLICY, self.now + POLICY.longest_open_s)

    @invariant()
    def it_survives_being_stored(self) -> None:
        assert msgspec.json.decode(msgspec.json.encode(self.value), type=Breaker) == self.value


TestCalls = Calls.TestCase
