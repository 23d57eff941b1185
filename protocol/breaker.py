"""The circuit breaker machine: a value and what happens to it. Pure: it is given the time."""

import enum
from collections.abc import Callable

import msgspec


class State(enum.StrEnum):
    CLOSED = "closed"  # calls pass
    OPEN = "open"  # calls wait until `until`
    HALF_OPEN = "half_open"  # a limited number of probes may try


class Policy(msgspec.Struct, frozen=True):
    """When a breaker opens, how long it stays open, and what closes it again."""

    failures: float = 2.5  # opens when the decayed count reaches this: at the third failure in a row
    half_life_s: float = 60.0  # an old failure counts half after this long
    open_s: float = 5.0  # the first wait; doubles with every reopening
    longest_open_s: float = 300.0
    successes: int = 1  # probes that must succeed before it closes
    probes: int = 1  # calls under way at once while half open


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """One breaker's state; times are seconds on the caller's clock."""

    state: State = State.CLOSED
    failures: float = 0.0  # decayed to `at`
    at: float = 0.0  # when `failures` was counted
    until: float = 0.0  # open: probes may start from here
    openings: int = 0  # since it was last closed
    probing: int = 0  # probes under way
    succeeded: int = 0  # probes that succeeded since it became half open


def may_call(breaker: Breaker, policy: Policy, now: float) -> bool:
    """Whether a call may start now."""
    if breaker.state is State.OPEN:
        return now >= breaker.until
    return breaker.state is State.CLOSED or breaker.probing < policy.probes


def started(breaker: Breaker) -> Breaker:
    """A call starts; only after `may_call` said yes."""
    if breaker.state is State.CLOSED:
        return breaker
    if breaker.state is State.OPEN:
        return msgspec.structs.replace(breaker, state=State.HALF_OPEN, probing=1, succeeded=0)
    return msgspec.structs.replace(breaker, probing=breaker.probing + 1)


def succeeded(breaker: Breaker, policy: Policy, now: float) -> Breaker:
    """A call ended well. One that began before the breaker opened says nothing about now."""
    if breaker.state is not State.HALF_OPEN:
        return breaker
    count = breaker.succeeded + 1
    if count >= policy.successes:
        return Breaker(at=now)
    return msgspec.structs.replace(breaker, succeeded=count, probing=max(0, breaker.probing - 1))


def failed(breaker: Breaker, policy: Policy, now: float, chance: Callable[[], float]) -> Breaker:
    """A call failed. `chance` gives 0..1 and spreads the open time between half and all of it."""
    if breaker.state is State.HALF_OPEN:
        return _opened(breaker, policy, now, chance)
    if breaker.state is State.OPEN:
        return breaker
    count = breaker.failures * 0.5 ** (max(0.0, now - breaker.at) / policy.half_life_s) + 1
    counted = msgspec.structs.replace(breaker, failures=count, at=now)
    return _opened(counted, policy, now, chance) if count >= policy.failures else counted


def abandoned(breaker: Breaker) -> Breaker:
    """A call was cancelled: it is neither a failure nor a success, its place is free again."""
    return msgspec.structs.replace(breaker, probing=max(0, breaker.probing - 1))


def restored(breaker: Breaker) -> Breaker:
    """A stored breaker in a new process, where no probe is under way and the clock began anew."""
    state = State.OPEN if breaker.state is State.HALF_OPEN else breaker.state
    return msgspec.structs.replace(breaker, state=state, probing=0, at=0.0, until=0.0)


def _opened(breaker: Breaker, policy: Policy, now: float, chance: Callable[[], float]) -> Breaker:
    span = min(policy.open_s * 2**breaker.openings, policy.longest_open_s)
    return msgspec.structs.replace(
        breaker,
        state=State.OPEN,
        until=now + span * (0.5 + 0.5 * chance()),
        # Bounded: past longest_open_s a further doubling says nothing, and 2**n must stay small.
        openings=min(breaker.openings + 1, 32),
        probing=0,
        succeeded=0,
    )
