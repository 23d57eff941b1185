"""Everything that matters now about the alerts of a place, from the tables to what `route.plan` takes."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import audience, quiet, suppress
from cloud.alerting.acknowledged import acknowledged
from cloud.alerting.naming import OFFLINE
from cloud.alerting.quiet import area_of
from cloud.alerting.route import Site, Timing
from cloud.alerting.subject import Subject
from cloud.alerting.suppress import Known, Mute, Reason
from cloud.alerting.zones import offset_of
from cloud.store import alerts, contacts, notifications, points, routes, rules
from cloud.store.acknowledgements import Seen
from cloud.store.alerts import AlertRow
from cloud.store.notifications import Notification
from cloud.store.routes import People
from cloud.store.sites import SiteRow
from protocol.rule import Kind

TIMING = Timing()
RULE_DELETED = "rule deleted"
RECHECK_MS = 30_000  # a child whose parent is over waits for a fresh reading, which nobody announces
SILENT_MS = 900_000  # so long after its gateway came back a silence is one of the point itself


class Situation(msgspec.Struct, frozen=True):
    rows: dict[str, AlertRow]
    sent: list[Notification]  # of these, oldest first
    people: People
    known: Known
    site: Site  # as `route.plan` takes it
    recheck_at: int | None  # something may change with no news; None: no need


async def of_site(connection: AsyncConnection, at: SiteRow, now: int) -> Situation | None:
    """None: there is nothing to tell."""
    rows = {one.id: one for one in await alerts.unsettled(connection, at.organisation_id, at.id)}
    if not rows:
        return None
    known = await quiet.known(connection, at.organisation_id, at, now)
    heard = await _heard(connection, at, rows, known, now)
    seen = await acknowledged(connection, rows, now)
    subjects = [_subject(row, at, heard.get(row.id, 0), row.id in seen) for row in rows.values()]
    subjects = await _patient(connection, at, subjects, rows, known, now)
    kept = await routes.people_of(connection, at.organisation_id)
    sent = await notifications.of_alerts(connection, rows)
    offset = offset_of(at.zone)
    mutes = await _history(connection, at, rows) | _mutes(subjects, known, now, at.zone)
    waits = [now + RECHECK_MS] if any(mute.reason is Reason.INHIBITED for mute in mutes.values()) else []
    return Situation(
        rows,
        sent,
        kept,
        known,
        Site(
            subjects=subjects,
            mutes=mutes,
            receivers=audience.receivers(kept, at.id, at.tags, now),
            last_resort=audience.last_resort(kept),
            told=audience.told(sent),
            unreached=audience.unreached(sent),
            timing=TIMING,
            offset=offset,
        ),
        min([*waits, *_expiries(seen)], default=None),
    )


async def above_sites(
    connection: AsyncConnection, row: AlertRow, sites: Collection[SiteRow], zone: str, now: int
) -> Situation:
    """One alert of an area or of several sites: whoever hears of one of the sites hears of it."""
    rows = {row.id: row}
    known = await quiet.known(connection, row.organisation_id, None, now)
    seen = await acknowledged(connection, rows, now)
    subject = _subject(row, None, row.seen_at, row.id in seen)
    kept = await routes.people_of(connection, row.organisation_id)
    sent = await notifications.of_alerts(connection, rows)
    listed = [one for site in sites for one in audience.receivers(kept, site.id, site.tags, now)]
    return Situation(
        rows,
        sent,
        kept,
        known,
        Site(
            subjects=[subject],
            mutes=_mutes([subject], known, now, zone) or _everywhere(subject, sites, known, now),
            receivers=list(dict.fromkeys(listed)),
            last_resort=audience.last_resort(kept),
            told=audience.told(sent),
            unreached=audience.unreached(sent),
            timing=TIMING,
            offset=offset_of(zone),
        ),
        min(_expiries(seen), default=None),
    )


def _subject(row: AlertRow, at: SiteRow | None, heard_at: int, is_acknowledged: bool) -> Subject:
    has_parents = row.kind == Kind.NO_DATA or (row.kind == OFFLINE and at and area_of(at.tags) != "")
    return Subject(
        alert=row.id,
        rule=row.rule_id,
        site="" if at is None else str(at.id),
        point=row.point,
        gateway=row.gateway_id,
        severity=row.severity,
        news_at=row.news_at,
        ended_at=row.over_at,
        heard_at=heard_at,
        is_silence=bool(has_parents),
        is_acknowledged=is_acknowledged,
    )


def _mutes(subjects: Collection[Subject], known: Known, now: int, zone: str) -> dict[str, Mute]:
    found = {one.alert: suppress.mute(one, known, now, offset_of(zone)) for one in subjects}
    return {key: mute for key, mute in found.items() if mute}


def _everywhere(subject: Subject, sites: Collection[SiteRow], known: Known, now: int) -> dict[str, Mute]:
    """Maintenance at each of the sites that it is about."""
    found = [
        suppress.in_maintenance(
            msgspec.structs.replace(subject, site=str(one.id)), known.windows, now, offset_of(one.zone)
        )
        for one in sites
    ]
    closing = [one for one in found if one is not None]
    if not closing or len(closing) < len(found):
        return {}
    return {subject.alert: min(closing, key=lambda one: one.until or 0)}


def _expiries(seen: Mapping[str, Seen]) -> list[int]:
    """When acknowledgements end by themselves: then what they held back goes on."""
    return [one.said.until for one in seen.values() if one.said.until is not None]


async def _history(connection: AsyncConnection, at: SiteRow, rows: Mapping[str, AlertRow]) -> dict[str, Mute]:
    """Alerts of deleted rules are history, also those whose gateway does not know yet."""
    deleted = await rules.deleted(connection, at.organisation_id, {row.rule_id for row in rows.values()})
    return {row.id: Mute(Reason.LATE, RULE_DELETED) for row in rows.values() if row.rule_id in deleted}


async def _heard(
    connection: AsyncConnection, at: SiteRow, rows: Mapping[str, AlertRow], known: Known, now: int
) -> dict[str, int]:
    """When the point of each alert was last heard; it only matters where there are parents.

    Silence is not heard: of such an alert its gateway must be back for a while.
    """
    if not known.parents:
        return {}
    newest = await points.heard_at(connection, at.id)
    found = {}
    for row in rows.values():
        found[row.id] = newest.get(row.point, row.seen_at)
        if row.kind in (Kind.NO_DATA, OFFLINE):
            found[row.id] = max(found[row.id], row.seen_at, now - SILENT_MS)
    return found


async def _patient(
    connection: AsyncConnection,
    at: SiteRow,
    subjects: list[Subject],
    rows: Mapping[str, AlertRow],
    known: Known,
    now: int,
) -> list[Subject]:
    """A silence counts as new until its gateway was heard once more: it may be about to go offline itself."""
    if not any(rows[one.alert].kind == Kind.NO_DATA for one in subjects):
        return subjects
    heard = await contacts.of_site(connection, at.id)
    explained = {one.gateway for one in known.parents if one.ended_at is None}
    return [
        msgspec.structs.replace(one, news_at=now)
        if rows[one.alert].kind == Kind.NO_DATA
        and one.gateway in heard
        and one.gateway not in explained
        and heard[one.gateway] <= one.news_at
        else one
        for one in subjects
    ]
