"""A judge for tests: one rule on one point, its samples at the moments a test names in seconds."""

import itertools
from collections.abc import Callable
from typing import Any

import msgspec

from protocol.alert import State
from protocol.breaks import UNBROKEN, Breaks
from protocol.judge import Sample
from protocol.messages import Transition
from protocol.reading import Point
from protocol.rule import Kind, Rule
from protocol.terms import Terms, terms
from protocol.watch import observe, tick
from protocol.watched import Watch

LEVEL = Point("oht-1/level", "m", 60.0)
COMPARING = {Kind.THRESHOLD, Kind.RATE, Kind.AGGREGATE}
IRREGULAR = Point("oht-1/level", "m")


def rule(**fields: Any) -> Rule:
    """A threshold above 50, unless it says otherwise; as people write it."""
    given: dict[str, Any] = {"id": "r", "scope": {"metric": "level"}, "kind": "threshold"} | fields
    if given["kind"] in COMPARING and "ladder" not in given:
        given.setdefault("threshold", 50.0)
    return msgspec.convert(msgspec.to_builtins(given), Rule)


def terms_of(point: Point = LEVEL, breaks: Breaks = UNBROKEN, **fields: Any) -> Terms:
    return terms(rule(**fields), point, lambda at: 0, breaks)


def ids(prefix: str = "a") -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{prefix}-{next(numbers)}"


class Judge:
    """Keeps the watch and whatever was told; its clock is the newest time it was given."""

    def __init__(self, terms: Terms, since: int = 0, prefix: str = "a") -> None:
        self.terms = terms
        self.watch = Watch(listening_since=since * 1000)
        self.told: list[Transition] = []
        self._fresh_id = ids(prefix)

    @property
    def state(self) -> State:
        return self.watch.alert.state

    @property
    def reasons(self) -> list[tuple[float, str]]:
        return [(one.at / 1000, one.course.reason) for one in self.told]

    def sample(
        self, at: float, value: float | None, quality: int = 0, now: float | None = None, **more: Any
    ) -> State:
        sample = Sample(round(at * 1000), value, quality, **more)
        received = sample.at if now is None else round(now * 1000)
        self.watch, told = observe(self.terms, self.watch, sample, received, self._fresh_id)
        self.told += told
        return self.state

    def tick(self, now: float) -> State:
        at = round(now * 1000)
        self.watch, told = tick(self.terms, self.watch, at, at, self._fresh_id)
        self.told += told
        return self.state

    def store_and_restore(self) -> None:
        self.watch = msgspec.msgpack.decode(msgspec.msgpack.encode(self.watch), type=Watch)
