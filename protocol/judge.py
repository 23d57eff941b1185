"""Whether a sample raises, clears or does neither. Knows nothing of alerts: it is given what it remembers."""

import enum

import msgspec

from protocol import hours
from protocol.reading import Quality
from protocol.rule import Kind, Op, Severity, Statistic
from protocol.terms import Terms

_FAULT = int(Quality.FAULT)
SLOTS = 60  # a window is kept in so many parts, and ends so exactly

_BY_ITSELF = (Kind.THRESHOLD, Kind.NO_DATA)  # a sample is enough
_OPPOSITE = {Op.ABOVE: Op.AT_MOST, Op.AT_LEAST: Op.AT_MOST, Op.BELOW: Op.AT_LEAST, Op.AT_MOST: Op.AT_LEAST}


class Signal(enum.StrEnum):
    """What happens to an alert."""

    BREACH = "breach"  # a sample raises
    BETWEEN = "between"  # it neither raises nor clears: hysteresis, or outside the rule's hours
    CLEAR = "clear"
    HELD = "held"  # a delay is over
    REVOKED = "revoked"  # the rule was edited or deleted and no longer holds


class Sample(msgspec.Struct, frozen=True):
    """A reading as a rule sees it."""

    at: int  # event time, ms; boot time while the gateway's clock is not trusted
    value: float | None
    quality: int = 0
    beside: float | None = None  # newest good value of the point in `while`; None: not known, or too old


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """A part of a window."""

    start: int
    low: float
    high: float
    total: float
    count: int


class Memory(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What is kept of earlier samples."""

    judged_at: int | None = None  # newest event time judged
    value: float | None = None  # what was compared then: the value, its rate, its aggregate; None: nothing
    beside: float | None = None  # of that sample
    mark: tuple[int, float] | None = None  # rate: the sample that the next one is compared with
    slots: list[Slot] = []  # aggregate
    since: int = 0  # aggregate: first sample without a gap up to now


class Finding(msgspec.Struct, frozen=True):
    signal: Signal
    severity: Severity
    limit: float | None  # of the rung that it reached


def is_live(terms: Terms, memory: Memory, at: int, now: int) -> bool:
    """A late sample is history; one at the time judged last is that sample once more."""
    return (memory.judged_at is None or at > memory.judged_at) and now - at <= terms.late_after


def is_judged(terms: Terms, quality: int) -> bool:
    """Suspect readings are as good as none; a sensor error tells something to one kind of rule only."""
    return not quality or (terms.kind is Kind.FAULT and quality == _FAULT)


def gap(terms: Terms, memory: Memory, at: int) -> int:
    """How long nothing was judged before `at`, 0 if that is not too long."""
    if memory.judged_at is None or terms.max_gap is None:
        return 0
    silent = at - memory.judged_at
    return silent if silent > terms.max_gap else 0


def remember(terms: Terms, memory: Memory, sample: Sample) -> Memory:
    """The memory with a live sample in it."""
    if terms.kind is Kind.FAULT:
        return Memory(sample.at, float(sample.quality == _FAULT), sample.beside)
    if terms.kind in _BY_ITSELF or sample.value is None:
        return Memory(sample.at, sample.value, sample.beside)
    if gap(terms, memory, sample.at) or _is_broken(terms, memory, sample.at, sample.value):
        memory = Memory()
    if terms.kind is Kind.RATE:
        return _with_rate(terms, memory, sample, sample.value)
    return _with_window(terms, memory, sample, sample.value)


def judge(terms: Terms, memory: Memory, at: int) -> Finding | None:
    """What the newest sample says at a time; None: nothing, as if there were none."""
    finding = weigh(terms, memory)
    if finding and finding.signal is Signal.BREACH and not in_hours(terms, at):
        return Finding(Signal.BETWEEN, finding.severity, finding.limit)
    return finding


def weigh(terms: Terms, memory: Memory) -> Finding | None:
    """The same at any hour of the day."""
    if memory.value is None:
        return None
    if terms.companion:
        if memory.beside is None:
            return None
        if not terms.companion_op.compare(memory.beside, terms.companion_value):
            return Finding(Signal.CLEAR, terms.severity, None)
    if terms.kind is Kind.NO_DATA:
        return Finding(Signal.CLEAR, terms.severity, None)
    return _compared(terms, memory.value)


def in_hours(terms: Terms, at: int) -> bool:
    """Whether the rule may be raised at that time; never while the hour is not known."""
    if terms.hours is None:
        return True
    return terms.offset is not None and hours.contains(terms.hours, at, terms.offset)


def _compared(terms: Terms, value: float) -> Finding:
    if terms.kind is Kind.FAULT:
        return Finding(Signal.BREACH if value else Signal.CLEAR, terms.severity, None)
    compare = terms.op.compare
    for limit in reversed(terms.limits):
        if compare(value, limit.threshold):
            return Finding(Signal.BREACH, limit.severity, limit.threshold)
    lowest = terms.limits[0]
    if terms.clear_at is None or _OPPOSITE[terms.op].compare(value, terms.clear_at):
        return Finding(Signal.CLEAR, lowest.severity, lowest.threshold)
    return Finding(Signal.BETWEEN, lowest.severity, lowest.threshold)


def _is_broken(terms: Terms, memory: Memory, at: int, value: float) -> bool:
    """Whether it can't be compared with what was before."""
    if terms.breaks.counts and memory.mark is not None and value < memory.mark[1]:
        return True
    return memory.judged_at is not None and terms.breaks.is_between(memory.judged_at, at)


def _with_rate(terms: Terms, memory: Memory, sample: Sample, value: float) -> Memory:
    """Between the two samples nothing is judged: what was found before stands."""
    if memory.mark is None:
        return Memory(sample.at, None, sample.beside, (sample.at, value))
    passed = sample.at - memory.mark[0]
    if passed < terms.min_dt:
        return Memory(sample.at, None, sample.beside, memory.mark)
    rate = (value - memory.mark[1]) * terms.per / passed
    return Memory(sample.at, rate, sample.beside, (sample.at, value))


def _with_window(terms: Terms, memory: Memory, sample: Sample, value: float) -> Memory:
    """Nothing is judged before the window is full."""
    since = memory.since if memory.slots else sample.at
    slots = _with_value(terms, memory.slots, sample.at, value)
    full = sample.at - since >= terms.window
    measured = _aggregate(terms.statistic, slots) if full else None
    return Memory(sample.at, measured, sample.beside, None, slots, since)


def _with_value(terms: Terms, slots: list[Slot], at: int, value: float) -> list[Slot]:
    width = max(1, terms.window // SLOTS)
    start = at - at % width
    kept = [slot for slot in slots if slot.start > at - terms.window]
    if not kept or kept[-1].start != start:
        return [*kept, Slot(start, value, value, value, 1)]
    last = kept[-1]
    merged = Slot(start, min(last.low, value), max(last.high, value), last.total + value, last.count + 1)
    return [*kept[:-1], merged]


def _aggregate(statistic: Statistic, slots: list[Slot]) -> float:
    if statistic is Statistic.MIN:
        return min(slot.low for slot in slots)
    if statistic is Statistic.MAX:
        return max(slot.high for slot in slots)
    total = sum(slot.total for slot in slots)
    return total if statistic is Statistic.SUM else total / sum(slot.count for slot in slots)
