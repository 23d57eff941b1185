"""The alert machine: one table, and what each step changes. Knows nothing of samples, people or messages."""

import enum
from collections.abc import Callable

import msgspec

from protocol.course import Course
from protocol.judge import Finding, Signal
from protocol.messages import Transition
from protocol.rule import Severity
from protocol.terms import Terms

FreshId = Callable[[], str]  # a new UUID


class State(enum.StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"  # it raises, not yet for long enough; nobody hears of it
    FIRING = "firing"
    CLEARING = "clearing"  # it clears, not yet for long enough; to people it still fires
    RESOLVED = "resolved"


OPEN = frozenset({State.FIRING, State.CLEARING})


class Reason(enum.StrEnum):
    """Why there is a transition."""

    FIRED = "fired"
    REOPENED = "reopened"  # the same alert again, within its rule's cooldown
    ROSE = "rose"  # in severity
    STALE = "stale"  # the point is silent
    FRESH = "fresh"  # no longer
    CLEARED = "cleared"
    RULE_CHANGED = "rule changed"


# A pair that is not listed leaves the state as it is.
NEXT = {
    (State.INACTIVE, Signal.BREACH): State.PENDING,
    (State.RESOLVED, Signal.BREACH): State.PENDING,
    (State.PENDING, Signal.BETWEEN): State.INACTIVE,
    (State.PENDING, Signal.CLEAR): State.INACTIVE,
    (State.PENDING, Signal.REVOKED): State.INACTIVE,
    (State.PENDING, Signal.HELD): State.FIRING,
    (State.FIRING, Signal.CLEAR): State.CLEARING,
    (State.FIRING, Signal.REVOKED): State.RESOLVED,
    (State.CLEARING, Signal.BREACH): State.FIRING,
    (State.CLEARING, Signal.BETWEEN): State.FIRING,
    (State.CLEARING, Signal.REVOKED): State.RESOLVED,
    (State.CLEARING, Signal.HELD): State.RESOLVED,
}


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest alert of one rule on one point. It stays known when it has resolved."""

    state: State = State.INACTIVE
    since: int = 0  # pending, clearing: when its delay began; gaps move it on
    raised_at: int = 0  # pending: the first sample that raised; not before the alert before had ended
    run: int = 0  # pending: samples in a row that raised
    reached: Severity = Severity.INFO  # by the newest sample that raised
    limit: float | None = None  # of that rung
    seen_at: int = 0  # that sample

    id: str = ""  # "": none has fired yet
    counter: int = 0  # of its newest transition
    reason: Reason = Reason.FIRED  # of that one
    at: int = 0  # of that one; never before the one before
    severity: Severity = Severity.INFO  # only rises
    began: int = 0  # the first sample that raised
    fired_at: int = 0  # or was reopened
    occurrences: int = 0  # times that it fired, or did so again before it had cleared
    stale: bool = False  # open, and its point is silent


def seen(alert: Alert, finding: Finding, at: int) -> Alert:
    """A sample raises: what it reached, before `step` makes something of it."""
    return msgspec.structs.replace(alert, reached=finding.severity, limit=finding.limit, seen_at=at)


def step(terms: Terms, alert: Alert, signal: Signal, at: int, fresh_id: FreshId) -> Alert:
    """The alert after a signal. Its counter grows by one where others must be told."""
    state = NEXT.get((alert.state, signal), alert.state)
    changed = (
        _stay(alert, signal) if state is alert.state else _enter(terms, alert, state, signal, at, fresh_id)
    )
    if signal is Signal.BREACH and state is State.FIRING:
        return risen(changed, alert.reached, at)
    return changed


def risen(alert: Alert, severity: Severity, at: int) -> Alert:
    """An open alert at that severity, if it was lower."""
    if severity.rank <= alert.severity.rank:
        return alert
    return told(msgspec.structs.replace(alert, severity=severity), Reason.ROSE, at)


def told(alert: Alert, reason: Reason, at: int) -> Alert:
    """The alert with one transition more."""
    return msgspec.structs.replace(alert, counter=alert.counter + 1, reason=reason, at=max(at, alert.at))


def transition(terms: Terms, alert: Alert, value: float | None, now: int) -> Transition:
    """The newest transition of an alert, as it travels; `value` is what was judged last."""
    return Transition(
        id=f"{alert.id}/{alert.counter}",
        alert=alert.id,
        rule=terms.rule,
        rule_version=terms.version,
        point=terms.point,
        state=alert.state,
        severity=alert.severity,
        at=alert.at,
        learned_at=now,
        value=value,
        limit=alert.limit,
        course=Course(
            counter=alert.counter,
            reason=alert.reason,
            began=alert.began,
            seen_at=alert.seen_at,
            occurrences=alert.occurrences,
            stale=alert.stale,
        ),
    )


def _stay(alert: Alert, signal: Signal) -> Alert:
    if alert.state is State.PENDING and signal is Signal.BREACH:
        return msgspec.structs.replace(alert, run=alert.run + 1)
    return alert


def _enter(terms: Terms, alert: Alert, state: State, signal: Signal, at: int, fresh_id: FreshId) -> Alert:
    moved = msgspec.structs.replace(alert, state=state, since=at)
    if state is State.PENDING:
        return msgspec.structs.replace(moved, raised_at=max(at, alert.at), run=1)
    if state is State.RESOLVED:
        reason = Reason.RULE_CHANGED if signal is Signal.REVOKED else Reason.CLEARED
        return told(msgspec.structs.replace(moved, stale=False), reason, at)
    if alert.state is State.PENDING and state is State.FIRING:
        return _fired(terms, moved, at, fresh_id)
    if alert.state is State.CLEARING:
        return msgspec.structs.replace(moved, occurrences=alert.occurrences + 1)
    return moved


def _fired(terms: Terms, alert: Alert, at: int, fresh_id: FreshId) -> Alert:
    if alert.id and at - alert.at <= terms.cooldown:
        return _reopened(alert, at)
    return msgspec.structs.replace(
        alert,
        id=fresh_id(),
        counter=1,
        reason=Reason.FIRED,
        at=at,
        severity=alert.reached,
        began=alert.raised_at,
        fired_at=at,
        occurrences=1,
        stale=False,
    )


def _reopened(alert: Alert, at: int) -> Alert:
    """Whoever was told of it hears nothing, unless it is worse than it was."""
    severity = max(alert.severity, alert.reached, key=lambda one: one.rank)
    again = msgspec.structs.replace(alert, severity=severity, fired_at=at, occurrences=alert.occurrences + 1)
    return told(again, Reason.REOPENED, at)
