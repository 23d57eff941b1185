"""Everything that happened to an alert, in one list: what its judges told, and what people did and heard."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting.suppress import Reason
from cloud.api.alert_rows import rule_name
from cloud.api.alert_shapes import Delivery, EntryKind, TimelineEntry
from cloud.api.delivery_rows import deliveries_of
from cloud.store import acknowledgements, alerts, maintenance, notifications, routes, rules, transitions
from cloud.store.acknowledgements import Seen
from cloud.store.alerts import AlertRow
from cloud.store.notifications import Decision
from protocol.messages import Transition
from protocol.rule import SEVERITIES, Severity


async def timeline_of(
    connection: AsyncConnection, row: AlertRow, aliases: Sequence[str]
) -> list[TimelineEntry]:
    """Oldest first; transitions stand at their event time."""
    told = await transitions.of_members(connection, [row.id, *aliases])
    seen = (await acknowledgements.of_alerts(connection, [row.id])).get(row.id, [])
    shelves = await acknowledgements.shelvings_of(connection, row.id)
    kept = await notifications.decisions_of(connection, [row.id])
    causes = await _causes(connection, row.organisation_id, kept)
    sent = await notifications.of_alerts(connection, [row.id])
    people = (await routes.people_of(connection, row.organisation_id)).people
    names = {key: one.name for key, one in people.items()}
    entries = [
        *(_transition(one) for one in told),
        *_acknowledgements(seen),
        *(_entry(one.at, "shelved", by=one.by, until=one.until) for one in shelves),
        *(_decision(one, names, causes) for one in kept),
        *(_told(one) for one in await deliveries_of(connection, row.organisation_id, sent)),
    ]
    return sorted(entries, key=lambda one: one.at)


def _transition(one: Transition) -> TimelineEntry:
    severity = SEVERITIES.get(one.severity)
    return _entry(one.at, "transition", reason=one.course.reason, severity=severity, value=one.value)


def _acknowledgements(seen: Iterable[Seen]) -> Iterable[TimelineEntry]:
    """One for all ids of the alert that somebody saw at once."""
    by_act = {(one.said.at, one.said.by, one.said.until): one for one in seen}
    for one in by_act.values():
        is_taken_back = one.said.until is not None and one.said.until <= one.said.at
        if is_taken_back:
            yield _entry(one.said.at, "taken back", by=one.said.by)
        else:
            yield _entry(one.said.at, "acknowledged", by=one.said.by, until=one.said.until, note=one.note)


async def _causes(
    connection: AsyncConnection, organisation_id: int, kept: Iterable[Decision]
) -> dict[tuple[str, str], str]:
    """What kept it quiet, in words, by reason and detail: a window's own reason, a parent's rule."""
    causes: dict[tuple[str, str], str] = {}
    named = {(one.reason, one.detail) for one in kept if one.detail}
    if any(reason == Reason.MAINTENANCE for reason, _ in named):
        for window in await maintenance.of_organisation(connection, organisation_id):
            said = window.reason or f"maintenance window {window.id}"
            causes[Reason.MAINTENANCE, str(window.id)] = said
    parents = await alerts.among(connection, {key for reason, key in named if reason == Reason.INHIBITED})
    versions = {(one.rule_id, one.rule_version) for one in parents.values()}
    bodies = await rules.bodies(connection, organisation_id, versions)
    causes |= {(Reason.INHIBITED, key): rule_name(one, bodies) for key, one in parents.items()}
    return causes


def _decision(
    one: Decision, names: Mapping[int, str], causes: Mapping[tuple[str, str], str]
) -> TimelineEntry:
    by = names.get(one.person_id, "") if one.person_id is not None else ""
    note = causes.get((one.reason, one.detail), one.detail)
    return _entry(one.at, "not told", reason=one.reason, by=by, note=note)


def _told(one: Delivery) -> TimelineEntry:
    return _entry(one.created_at, "told", reason=one.occasion, by=one.person, delivery=one)


def _entry(
    at: int,
    kind: EntryKind,
    reason: str = "",
    severity: Severity | None = None,
    value: float | None = None,
    by: str = "",
    until: int | None = None,
    note: str = "",
    delivery: Delivery | None = None,
) -> TimelineEntry:
    return TimelineEntry(
        at=at,
        kind=kind,
        reason=reason,
        severity=severity,
        value=value,
        by=by,
        until=until,
        note=note,
        delivery=delivery,
    )
