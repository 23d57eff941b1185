"""What happens to an alert with no sample, and when next."""

import enum

from protocol import hours, judge
from protocol.alert import OPEN, State
from protocol.judge import Signal
from protocol.rule import Kind
from protocol.terms import Terms
from protocol.watched import Watch


class Timer(enum.IntEnum):
    """In the order in which they ring at one time."""

    HELD = 0  # the delay of raising or clearing is over
    WORSE = 1  # it has fired for long
    STALE = 2
    SILENT = 3  # no_data
    HOURS = 4  # they begin, and the newest sample raises


Due = tuple[int, Timer]  # event time


def next_timer(terms: Terms, watch: Watch) -> Due | None:
    """The first that is due with no further sample; None: nothing will happen."""
    state = watch.alert.state
    if state is State.PENDING:
        return _raised(terms, watch)
    if terms.kind is Kind.NO_DATA and state is not State.FIRING:
        return min(filter(None, (_silent(terms, watch), _cleared(terms, watch))), default=None)
    if state in OPEN:
        rings = (_cleared(terms, watch), _worse(terms, watch), _stale(terms, watch))
        return min(filter(None, rings), default=None)
    return _hours(terms, watch) if terms.hours else None


def silent_since(watch: Watch) -> int:
    """The newest time at which the point was heard, or could be."""
    heard_at = watch.memory.judged_at
    return watch.listening_since if heard_at is None else max(heard_at, watch.listening_since)


def _raised(terms: Terms, watch: Watch) -> Due | None:
    # Not before the newest sample: it may be the one that made the count full.
    at = max(watch.alert.since + terms.hold, watch.memory.judged_at or 0)
    if watch.alert.run < terms.count or _is_frozen(terms, watch, at) or not judge.in_hours(terms, at):
        return None
    return at, Timer.HELD


def _cleared(terms: Terms, watch: Watch) -> Due | None:
    at = watch.alert.since + terms.clear_hold
    if watch.alert.state is not State.CLEARING or _is_frozen(terms, watch, at):
        return None
    return at, Timer.HELD


def _is_frozen(terms: Terms, watch: Watch, at: int) -> bool:
    """Whether the point is silent for too long by then, so that the delay does not run up to it."""
    return terms.max_gap is not None and at > (watch.memory.judged_at or 0) + terms.max_gap


def _worse(terms: Terms, watch: Watch) -> Due | None:
    alert = watch.alert
    if terms.worsen_after is None or alert.state is not State.FIRING:
        return None
    if alert.severity.rank >= terms.worsen_to.rank:
        return None
    return alert.fired_at + terms.worsen_after, Timer.WORSE


def _stale(terms: Terms, watch: Watch) -> Due | None:
    if terms.max_gap is None or watch.alert.stale or terms.kind is Kind.NO_DATA:
        return None
    return silent_since(watch) + terms.max_gap + 1, Timer.STALE


def _silent(terms: Terms, watch: Watch) -> Due | None:
    at = silent_since(watch) + terms.hold
    if judge.in_hours(terms, at):
        return at, Timer.SILENT
    if terms.hours is None or terms.offset is None:
        return None
    return hours.next_start(terms.hours, at, terms.offset), Timer.SILENT


def _hours(terms: Terms, watch: Watch) -> Due | None:
    """A sample holds until the next one: it raises when the hours begin, unless it is too old by then."""
    finding, heard_at = judge.weigh(terms, watch.memory), watch.memory.judged_at
    if terms.hours is None or terms.offset is None or heard_at is None:
        return None
    if finding is None or finding.signal is not Signal.BREACH:
        return None
    at = hours.next_start(terms.hours, heard_at, terms.offset)
    return None if _is_frozen(terms, watch, at) else (at, Timer.HOURS)
