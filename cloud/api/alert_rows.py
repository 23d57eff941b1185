"""Alerts as the API shows them: the stored row, and all that other tables know of it."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import marks
from cloud.alerting.marks import Marks
from cloud.alerting.naming import GATEWAY_OFFLINE, OFFLINE_TITLE
from cloud.alerting.quiet import sites_of
from cloud.alerting.sentence import title
from cloud.api.alert_shapes import Acknowledged, Alert, InMaintenance, Muted, Shelved
from cloud.store import alerts, devices, rules, sites
from cloud.store.alerts import AlertRow
from cloud.store.rules import Version
from cloud.store.sites import SiteRow
from protocol.rule import Rule

LATE_MS = 600_000  # reported so long after it fired, it is "reported late"


class _Known(msgspec.Struct, frozen=True):
    """What the rows of one answer have in common."""

    sites: dict[int, SiteRow]
    bodies: dict[Version, Rule]
    points: dict[tuple[int, str], int]
    parents: dict[str, AlertRow]  # of those that others mute


async def alerts_of(
    connection: AsyncConnection, organisation_id: int, rows: Sequence[AlertRow], now: int
) -> list[Alert]:
    """In the order of the rows."""
    known = await _read(connection, organisation_id, rows)
    marked = await marks.of_rows(connection, organisation_id, rows, known.sites, now)
    return [_alert(row, known, marked[row.id]) for row in rows]


async def _read(connection: AsyncConnection, organisation_id: int, rows: Sequence[AlertRow]) -> _Known:
    parents = await alerts.among(connection, {row.muted_by for row in rows if row.muted_by})
    named = [*rows, *parents.values()]
    there = await sites.of_organisation(connection, organisation_id)
    return _Known(
        {one.id: one for one in there},
        await rules.bodies(connection, organisation_id, {(one.rule_id, one.rule_version) for one in named}),
        await devices.ids_at(connection, {row.site_id for row in rows if row.site_id is not None}),
        parents,
    )


def _alert(row: AlertRow, known: _Known, mark: Marks) -> Alert:
    site, zone = _place(row, known)
    muted = known.parents.get(row.muted_by or "") if row.is_open else None
    return Alert(
        id=row.id,
        site_id=row.site_id,
        site=site,
        zone=zone,
        gateway_id=row.gateway_id,
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        rule=rule_name(row, known.bodies),
        kind=row.kind,
        point=row.point,
        point_id=None if row.site_id is None else known.points.get((row.site_id, row.point)),
        severity=row.severity,
        state="firing" if row.is_open else "resolved",
        stale=row.stale,
        reason=row.reason,
        began=row.began if row.true_began is None else row.true_began,
        learned_at=row.learned_at,
        received_at=row.received_at,
        is_late=row.received_at - row.fired_at > LATE_MS,
        fired_at=row.fired_at,
        ended_at=row.ended_at,
        value=row.value,
        limit=row.limit,
        unit=row.unit,
        counter=row.counter,
        occurrences=row.occurrences,
        acknowledged=_acknowledged(mark),
        shelved=Shelved(by=mark.shelf.by, at=mark.shelf.at, until=mark.shelf.until) if mark.shelf else None,
        maintenance=_maintenance(mark),
        muted_by=Muted(alert_id=muted.id, rule=rule_name(muted, known.bodies)) if muted else None,
        nobody_told=mark.nobody_told,
    )


def rule_name(row: AlertRow, bodies: Mapping[Version, Rule]) -> str:
    if row.rule_id == GATEWAY_OFFLINE:
        return "Gateways offline" if row.site_id is None else OFFLINE_TITLE
    body = bodies.get((row.rule_id, row.rule_version))
    return title(body) if body else row.rule_id


def _place(row: AlertRow, known: _Known) -> tuple[str, str]:
    """Its name and zone; an alert above the sites is shown by the clocks of the first of them."""
    if row.site_id is not None:
        return known.sites[row.site_id].name, known.sites[row.site_id].zone
    body = known.bodies.get((row.rule_id, row.rule_version))
    concerned: Iterable[SiteRow] = sites_of(row, body, list(known.sites.values()))
    zone = next((one.zone for one in concerned), "UTC")
    return row.point.partition("=")[2] if row.rule_id == GATEWAY_OFFLINE else "", zone


def _acknowledged(mark: Marks) -> Acknowledged | None:
    if mark.seen is None:
        return None
    said = mark.seen.said
    return Acknowledged(
        by=said.by, at=said.at, until=said.until, note=mark.seen.note, gateway_id=mark.seen.gateway_id
    )


def _maintenance(mark: Marks) -> InMaintenance | None:
    if mark.window is None:
        return None
    return InMaintenance(window_id=mark.window.id, until=mark.window_until, reason=mark.window.reason)
