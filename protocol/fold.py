"""Transitions to alerts: in whatever order they arrive, the same ones give the same alerts."""

from collections.abc import Iterable, Mapping

import msgspec

from protocol.alert import Reason, State
from protocol.messages import Transition
from protocol.rule import SEVERITIES, Severity

Key = tuple[str, int]  # alert id, counter
Transitions = Mapping[Key, Transition]

PAGING = {Reason.FIRED, Reason.REOPENED, Reason.ROSE}


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as its judge tells it; times are event times unless it says otherwise."""

    id: str
    rule: str
    rule_version: int
    point: str
    severity: Severity
    counter: int  # of the newest transition known
    paged_by: int  # counter of the newest firing, reopening or rise
    began: int
    fired_at: int
    ended_at: int | None  # None: it is open
    learned_at: int  # the judge's clock, when it first saw it
    seen_at: int  # newest reading that raised
    value: float | None
    limit: float | None
    occurrences: int
    stale: bool
    reason: str


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a rule on a point. A judge that begins anew tells it under a second id."""

    id: str  # of the one that was learned first; the others are its aliases
    aliases: tuple[str, ...]
    newest: Folded  # of the judge that began last: what holds now
    severity: Severity  # the highest of all
    began: int
    ended_at: int | None
    members: tuple[Folded, ...]


def merge(known: Transitions, more: Iterable[Transition]) -> dict[Key, Transition]:
    """The union by alert and counter."""
    union = dict(known)
    for one in more:
        key = (one.alert, one.course.counter)
        union[key] = min(union.get(key, one), one, key=msgspec.msgpack.encode)
    return union


def fold(transitions: Transitions) -> dict[str, Folded]:
    """The alerts by id: each the fold of its transitions in the order of their counters."""
    alerts: dict[str, Folded] = {}
    for (alert, _), one in sorted(transitions.items()):
        alerts[alert] = _with(alerts.get(alert), one)
    return alerts


def join(alerts: Iterable[Folded]) -> list[Joined]:
    """Alerts of one rule on one point, those that overlap as one; in the order in which they began."""
    groups: list[list[Folded]] = []
    for alert in sorted(alerts, key=lambda one: (one.began, one.id)):
        if groups and _overlaps(groups[-1], alert):
            groups[-1].append(alert)
        else:
            groups.append([alert])
    return [_joined(group) for group in groups]


def _with(before: Folded | None, one: Transition) -> Folded:
    severity = SEVERITIES.get(one.severity, Severity.WARNING)
    pages = before is None or one.course.reason in PAGING
    return Folded(
        id=one.alert,
        rule=one.rule,
        rule_version=one.rule_version,
        point=one.point,
        severity=severity,
        counter=one.course.counter,
        paged_by=one.course.counter if before is None or pages else before.paged_by,
        began=one.at if one.course.began is None else one.course.began,
        fired_at=before.fired_at if before else one.at,
        ended_at=one.at if one.state == State.RESOLVED else None,
        learned_at=before.learned_at if before else one.learned_at,
        seen_at=one.at if one.course.seen_at is None else one.course.seen_at,
        value=one.value,
        limit=one.limit,
        occurrences=one.course.occurrences,
        stale=one.course.stale,
        reason=one.course.reason,
    )


def _overlaps(group: list[Folded], alert: Folded) -> bool:
    return any(one.ended_at is None or alert.began < one.ended_at for one in group)


def _joined(group: list[Folded]) -> Joined:
    members = tuple(sorted(group, key=lambda one: (one.learned_at, one.id)))
    newest = members[-1]
    ends = [one.ended_at for one in group if one.ended_at is not None]
    return Joined(
        id=members[0].id,
        aliases=tuple(one.id for one in members[1:]),
        newest=newest,
        severity=max((one.severity for one in group), key=lambda severity: severity.rank),
        began=group[0].began,
        ended_at=None if newest.ended_at is None else max(ends),
        members=members,
    )
