"""The lines messages go out by, each with its circuit breaker: a channel, or of a webhook one host."""

import random
from collections.abc import Callable

import structlog

from protocol import breaker as machine
from protocol.breaker import Breaker, Policy, State

log = structlog.get_logger()

POLICY = Policy()
_LIMIT = 1_000  # lines remembered; hosts of webhooks come and go


class Lines:
    """Of one channel. `now_s` is any clock that only goes forward."""

    def __init__(self, now_s: Callable[[], float], policy: Policy = POLICY) -> None:
        self._now_s = now_s
        self._policy = policy
        self._breakers: dict[str, Breaker] = {}

    def state(self, line: str) -> State:
        return self._of(line).state

    def wait_s(self, line: str) -> float:
        """Until a call may start; 0: now. While a probe is out: a moment, until it has told."""
        breaker = self._of(line)
        if machine.may_call(breaker, self._policy, self._now_s()):
            return 0.0
        return max(0.1, breaker.until - self._now_s()) if breaker.state is State.OPEN else 1.0

    def start(self, line: str) -> None:
        """Only after `wait_s` said 0."""
        self._become(line, machine.started(self._of(line)))

    def succeed(self, line: str) -> None:
        self._become(line, machine.succeeded(self._of(line), self._policy, self._now_s()))

    def fail(self, line: str) -> None:
        self._become(line, machine.failed(self._of(line), self._policy, self._now_s(), random.random))

    def abandon(self, line: str) -> None:
        self._become(line, machine.abandoned(self._of(line)))

    def open(self) -> int:
        """How many hold calls back."""
        return sum(breaker.state is not State.CLOSED for breaker in self._breakers.values())

    def _of(self, line: str) -> Breaker:
        return self._breakers.get(line, Breaker())

    def _become(self, line: str, breaker: Breaker) -> None:
        """What is closed and has not failed is not worth remembering."""
        before = self._breakers.pop(line, Breaker())
        if breaker.state is not before.state:
            log.info("line", name=line, was=before.state.value, now=breaker.state.value)
        if breaker.state is State.CLOSED and not breaker.failures:
            return
        if len(self._breakers) >= _LIMIT:
            del self._breakers[next(iter(self._breakers))]  # changed longest ago
        self._breakers[line] = breaker
