"""What readings, and time, do to the watches of a plan. Pure: it is given what is remembered, and when."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence

from edge_agent.outbox.judged import Key
from edge_agent.watch.plan import Plan
from protocol import watch as machine
from protocol.alert import FreshId, State
from protocol.judge import Sample
from protocol.messages import Transition
from protocol.reading import FUTURE_MS, Reading
from protocol.rule import Kind
from protocol.terms import Terms
from protocol.watched import Watch, shifted

Good = tuple[int, float]  # at, value of a point's newest good reading
Watched = tuple[Watch, list[Transition]]


class Outcome:
    """What has changed."""

    def __init__(self) -> None:
        self.watches: dict[Key, Watch] = {}
        self.goods: dict[str, Good] = {}
        self.told: list[Transition] = []
        self.faults: dict[Key, Exception] = {}  # these watches are as they were before

    def take(self, key: Key, before: Watch, step: Callable[[], Watched]) -> None:
        try:
            after, told = step()
        except Exception as fault:  # noqa: BLE001  a bug in judging keeps neither readings nor other rules out
            self.faults[key] = fault
            return
        if after is not before:
            self.watches[key] = after
            self.told += told


def hear(
    plan: Plan,
    watches: Mapping[Key, Watch],
    goods: Mapping[str, Good],
    readings: Sequence[Reading],
    now: int,
    fresh_id: FreshId,
) -> Outcome:
    """Readings arrive, in this order. One from the future says nothing: somebody's clock is wrong."""
    outcome = Outcome()
    fit = [reading for reading in readings if reading.at <= now + FUTURE_MS]
    beside = _Beside(plan, goods, fit)
    for reading in fit:
        if not reading.quality and reading.value is not None and reading.point in plan.heard:
            _note(outcome.goods, goods, reading.point, (reading.at, reading.value), now)
        for terms in plan.of_point.get(reading.point, ()):
            key = terms.rule, terms.point
            known = outcome.watches.get(key) or watches[key]
            sample = Sample(
                reading.at, reading.value, reading.quality, beside.at(terms.companion, reading.at)
            )
            outcome.take(key, known, lambda: _observe(terms, known, sample, now, fresh_id))  # noqa: B023 at once
    return outcome


def pass_time(plan: Plan, watches: Mapping[Key, Watch], now: int, fresh_id: FreshId) -> Outcome:
    """Nothing arrives: whatever was due by now."""
    outcome = Outcome()
    for key, terms in plan.terms.items():
        known = watches[key]
        until = _until(plan, terms, known, now)
        outcome.take(key, known, lambda: machine.tick(terms, known, until, now, fresh_id))  # noqa: B023 at once
    return outcome


def moved(plan: Plan, watches: Mapping[Key, Watch], by: int, now: int) -> dict[Key, Watch]:
    """The clock was set: those watches move with it that it brings nearer to now. The others have heard a
    device's own time, which is no other than before."""
    found = {}
    for key in plan.terms:
        known = watches[key]
        newest = known.listening_since if known.memory.judged_at is None else known.memory.judged_at
        if abs(newest + by - now) < abs(newest - now):
            found[key] = shifted(known, by)
    return found


def _observe(terms: Terms, watch: Watch, sample: Sample, now: int, fresh_id: FreshId) -> Watched:
    judged_at = watch.memory.judged_at
    if judged_at is not None and judged_at > now + FUTURE_MS:
        # A clock that has been set back since: else nothing would be judged until that time comes again.
        watch = shifted(watch, sample.at - 1 - judged_at)
    return machine.observe(terms, watch, sample, now, fresh_id)


def _until(plan: Plan, terms: Terms, watch: Watch, now: int) -> int:
    """A delay ends with the sample that may still come; silence and hours need none."""
    waits = watch.alert.state in (State.PENDING, State.CLEARING) and terms.kind is not Kind.NO_DATA
    return now - plan.lag_ms(terms.point) if waits else now


def _note(found: dict[str, Good], before: Mapping[str, Good], point: str, good: Good, now: int) -> None:
    known = found.get(point) or before.get(point)
    if known is None or good[0] >= known[0] or known[0] > now + FUTURE_MS:
        found[point] = good


class _Beside:
    """What points in a `while` are at a time: remembered, and in this run, by time."""

    def __init__(self, plan: Plan, goods: Mapping[str, Good], readings: Iterable[Reading]) -> None:
        self._plan = plan
        self.known: dict[str, list[Good]] = {
            point: [goods[point]] if point in goods else [] for point in plan.companions
        }
        for reading in readings:
            if reading.point in self.known and not reading.quality and reading.value is not None:
                insort(self.known[reading.point], (reading.at, reading.value))

    def at(self, companion: str, at: int) -> float | None:
        if not companion:
            return None
        known = self.known[companion]
        place = bisect_right(known, at, key=lambda good: good[0])
        if not place or known[place - 1][0] < at - self._plan.beside_ms(companion):
            return None
        return known[place - 1][1]
