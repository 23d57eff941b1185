"""Between a source and the outbox: its readings checked, and what is derived of them beside them.

Pure: what it remembers of a point is a value that the agent keeps in the commit of the readings.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter

import msgspec

from firmware_bridge.fields import Measure, beside
from firmware_bridge.refine import quality
from firmware_bridge.refine.calibration import Outcome, Uncalibrated, valid
from firmware_bridge.refine.counters import Before, Counter
from firmware_bridge.refine.derived import AnyDerived
from firmware_bridge.refine.plan import Plan
from firmware_bridge.refine.quality import Checks, Seen
from firmware_bridge.source import Reject
from protocol import units
from protocol.reading import Quality, Reading

BESIDE_MS = 600_000  # what another metric was longer ago says nothing of now

_LATE = "came after a newer one, or lies in the future: no difference is taken of it"
_ACCUMULATES = Quality.SUSPECT | Quality.CLOCK_UNCERTAIN


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of one point."""

    at: int = -(2**63)  # of the newest reading, ms UTC
    value: float | None = None
    quality: int = 0
    seen: Seen = Seen()
    before: Before | None = None  # of a point derived of differences
    told: str = ""  # why nothing is derived, as it was last listed: not again for each reading


class Refined(msgspec.Struct, frozen=True):
    """What became of a source's readings."""

    readings: list[Reading]  # each one followed by what is derived of it
    rejects: list[Reject]  # what could not be derived
    touched: frozenset[str]  # points whose memory is another one now


class Stage:
    """The checks and derived points of one source, and what they remember.

    `refine` advances the memory at once, so that readings may be handed over while others wait for their
    commit; who keeps them keeps `memories` with them, and after trouble takes these anew.
    """

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self._plan = Plan(measures)
        self._memories: dict[str, Memory] = {}

    def restore(self, memories: Mapping[str, bytes]) -> None:
        """Go on from what is committed."""
        self._memories = {point: _decode(body) for point, body in memories.items()}

    def refine(self, readings: Sequence[Reading], latest: int) -> Refined:
        """`latest` is the highest time (ms UTC) that a reading's can be: what lies beyond is never newest."""
        if not self._plan.steps:
            return Refined(list(readings), [], frozenset())
        refined, memories = refine(self._plan, self._memories, readings, latest)
        self._memories.update(memories)
        return refined

    def memories(self, points: Iterable[str]) -> dict[str, bytes]:
        return {point: _encode(self._memories[point]) for point in points}


def refine(
    plan: Plan, memories: Mapping[str, Memory], readings: Sequence[Reading], latest: int
) -> tuple[Refined, dict[str, Memory]]:
    """The readings and what is derived of them, and the memories that changed."""
    work = _Work(plan, memories, latest)
    checked = [work.check(reading) for reading in readings]  # all first: what is beside one may follow it
    found = [one for reading in checked for one in (reading, *work.derive(reading))]
    return Refined(found, work.rejects, frozenset(work.changed)), work.changed


class _Work:
    """One run of readings on its way through."""

    def __init__(self, plan: Plan, memories: Mapping[str, Memory], latest: int) -> None:
        self.changed: dict[str, Memory] = {}
        self.rejects: list[Reject] = []
        self._plan = plan
        self._memories = memories
        self._latest = latest
        # Of every companion what is remembered and what is in this run, by time.
        self._beside: dict[str, list[Memory]] = {
            point: [memories[point]] if point in memories else [] for point in plan.companions
        }

    def check(self, reading: Reading) -> Reading:
        step = self._plan.steps.get(reading.point)
        if step is None:
            return reading
        memory, seen = self._recall(reading.point), Seen()
        if self._is_late(memory, reading.at):
            checked = quality.look(step.checks, reading) if step.checks else reading
            self._note(checked)
            return checked
        checked = reading
        if step.checks:
            checked, seen = quality.judge(step.checks, memory.seen, reading)
        if step.remembers:
            self.changed[checked.point] = Memory(checked.at, checked.value, checked.quality, seen)
        self._note(checked)
        self._show_to(step.watched_by, checked)
        return checked

    def derive(self, reading: Reading) -> list[Reading]:
        """What is derived of it, and of that."""
        step = self._plan.steps.get(reading.point)
        found = {reading.point: reading}
        for derived, source, point in step.derived if step else []:
            given = found.get(source)
            if given is None:
                continue
            one = self._derive(derived, point, given)
            if one is not None:
                found[point] = one
        del found[reading.point]
        return list(found.values())

    def _derive(self, derived: AnyDerived, point: str, given: Reading) -> Reading | None:
        try:
            if given.value is None:
                valid(derived.calibrations, given.at)
                return _reading(point, given, Outcome(None))
            if isinstance(derived, Counter):
                return self._count(derived, point, given, given.value)
            asked = partial(self._what_was, given.point, given.at)
            outcome = derived.derive(given.value, given.at, asked)
        except Uncalibrated as error:
            self._tell(point, given, str(error))
            return None
        except ArithmeticError:  # a number so great that its formula has none
            outcome = Outcome(None)
        self._tell(point, given, "")
        return _reading(point, given, outcome)

    def _count(self, derived: Counter, point: str, given: Reading, value: float) -> Reading | None:
        memory = self._recall(point)
        if self._is_late(memory, given.at):
            if given.at != memory.at:  # one that came twice is no news
                self._tell(point, given, _LATE)
            return None
        asked = partial(self._what_was, given.point, given.at)
        step = derived.step(memory.before, given, value, asked)
        self.changed[point] = Memory(given.at, None, 0, Seen(), step.before)
        if step.event:
            was = f"{memory.before.value:g}, then " if memory.before else ""
            self.rejects.append(Reject(point, f"{was}{value:g} at {given.at}", step.event))
        if step.outcome is None:
            return None
        return _reading(point, given, step.outcome, step.quality)

    def _recall(self, point: str) -> Memory:
        """What is remembered; what a clock that has been set back since took for the newest gives way."""
        memory = self.changed.get(point) or self._memories.get(point)
        return memory if memory and memory.at <= self._latest else Memory()

    def _is_late(self, memory: Memory, at: int) -> bool:
        return at <= memory.at or at > self._latest

    def _note(self, reading: Reading) -> None:
        if reading.point in self._beside:
            was = Memory(reading.at, reading.value, reading.quality)
            insort(self._beside[reading.point], was, key=attrgetter("at"))

    def _what_was(self, point: str, at: int, metric: str) -> Reading | None:
        """Another metric of the same device at a time, or not long before."""
        name = beside(point, metric)
        known = self._beside[name]
        place = bisect_right(known, at, key=attrgetter("at"))
        if place == 0 or known[place - 1].at < at - BESIDE_MS:
            return None
        was = known[place - 1]
        return Reading(name, was.at, was.value, was.quality)

    def _show_to(self, watchers: list[tuple[str, Checks]], reading: Reading) -> None:
        if reading.value is None or reading.quality & Quality.SUSPECT:
            return
        for point, checks in watchers:
            memory, resolution = self._recall(point), self._plan.resolution(reading.point)
            seen = quality.moved_beside(checks, memory.seen, reading.at, reading.value, resolution)
            if seen is not memory.seen:
                self.changed[point] = msgspec.structs.replace(memory, seen=seen)

    def _tell(self, point: str, given: Reading, reason: str) -> None:
        """List why there is nothing, when that begins; "" ends it."""
        memory = self.changed.get(point) or self._memories.get(point) or Memory()
        if memory.told == reason:
            return
        self.changed[point] = msgspec.structs.replace(memory, told=reason)
        if reason:
            self.rejects.append(Reject(point, f"{given.value} at {given.at}", reason))


def _reading(point: str, given: Reading, outcome: Outcome, other_quality: int = 0) -> Reading:
    """A derived value is no better than what it is derived of."""
    flags = (given.quality | other_quality) & int(_ACCUMULATES)
    if outcome.value is None or not abs(outcome.value) < float("inf"):
        return Reading(point, given.at, None, flags | int(Quality.FAULT))
    doubted = int(Quality.SUSPECT) if outcome.is_doubted else 0
    return Reading(point, given.at, units.rounded(outcome.value), flags | doubted)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Memory).decode
