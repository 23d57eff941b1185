"""Alerts as people see them: one row each. Knows neither transitions nor who is told."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.errors import NotFound
from cloud.store.database import insert_into
from cloud.store.tables.alerting import acknowledgement, alert, alert_member, decision, shelving
from cloud.store.tables.notifying import notification
from protocol.rule import Severity

FIRING, RESOLVED = "firing", "resolved"

_IDS_AT_ONCE = 500
_KEPT = {"id", "organisation_id", "received_at", "true_began", "muted_by"}  # by `save`


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of the table, as it comments them."""

    id: str
    organisation_id: int
    member_id: str
    site_id: int | None
    gateway_id: str
    rule_id: str
    rule_version: int
    kind: str
    point: str
    severity: Severity
    state: str  # firing (also while clearing), resolved
    stale: bool
    reason: str
    began: int
    true_began: int | None = None
    fired_at: int
    learned_at: int
    received_at: int
    seen_at: int
    ended_at: int | None
    value: float | None
    limit: float | None
    unit: str
    counter: int
    paged_by: int
    occurrences: int
    news_at: int
    over_at: int | None
    muted_by: str | None = None
    settled: bool = False

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


async def save(connection: AsyncConnection, rows: Sequence[AlertRow]) -> None:
    """Write these alerts as they are now; what only others know of them stays. Open ones come last:
    there is one of them at a time for a rule and a point."""
    new = insert_into(connection, alert)
    change = {one.name: new.excluded[one.name] for one in alert.columns if one.name not in _KEPT}
    for are_open in (False, True):
        values = [msgspec.structs.asdict(one) for one in rows if one.is_open is are_open]
        if values:
            await connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=change), values)


async def close(connection: AsyncConnection, keys: Collection[str]) -> None:
    """These rows are about to become part of others, and make room for them."""
    if keys:
        await connection.execute(update(alert).where(alert.c.id.in_(sorted(keys))).values(ended_at=0))


async def become(connection: AsyncConnection, old: str, new: str) -> None:
    """Of one alert that is part of another now: what is kept of it moves, the row goes."""
    for table in (shelving, decision, acknowledgement, notification):
        await connection.execute(update(table).where(table.c.alert_id == old).values(alert_id=new))
    await connection.execute(update(alert).where(alert.c.muted_by == old).values(muted_by=new))
    await connection.execute(delete(alert).where(alert.c.id == old))


async def find(connection: AsyncConnection, organisation_id: int, key: str) -> AlertRow:
    """One alert, by its id or by one that a judge gave it. Raises NotFound."""
    named = select(alert_member.c.alert_id).where(alert_member.c.id == key)
    rows = await connection.execute(
        select(alert).where(alert.c.organisation_id == organisation_id, alert.c.id.in_(named))
    )
    found = rows.first()
    if found is None:
        raise NotFound(f"there is no alert {key}")
    return _row(found)


async def hold(connection: AsyncConnection, key: str) -> None:
    """Let nobody change this alert until the transaction ends."""
    await connection.execute(select(alert.c.id).where(alert.c.id == key).with_for_update())


async def among(connection: AsyncConnection, keys: Collection[str]) -> dict[str, AlertRow]:
    """These alerts, by their own ids."""
    found: dict[str, AlertRow] = {}
    listed = sorted(keys)
    for start in range(0, len(listed), _IDS_AT_ONCE):
        rows = await connection.execute(
            select(alert).where(alert.c.id.in_(listed[start : start + _IDS_AT_ONCE]))
        )
        found |= {row.id: _row(row) for row in rows}
    return found


async def open_of(
    connection: AsyncConnection, organisation_id: int, site_ids: Collection[int] | None = None
) -> list[AlertRow]:
    """Every open alert, worst first and of these the oldest; there is no limit: none may be hidden."""
    query = select(alert).where(alert.c.organisation_id == organisation_id, alert.c.ended_at.is_(None))
    if site_ids is not None:
        query = query.where(alert.c.site_id.in_(site_ids))
    rows = [_row(found) for found in await connection.execute(query)]
    return sorted(rows, key=lambda one: (-one.severity.rank, one.began, one.id))


async def ended_before(
    connection: AsyncConnection,
    organisation_id: int,
    before: tuple[int, str] | None,
    limit: int,
    site_id: int | None = None,
    severities: Collection[Severity] = tuple(Severity),
) -> list[AlertRow]:
    """The history, newest end first; `before` is (ended_at, id) of the last row of the page before."""
    query = select(alert).where(alert.c.organisation_id == organisation_id, alert.c.ended_at.is_not(None))
    query = query.where(alert.c.severity.in_([one.value for one in severities]))
    if site_id is not None:
        query = query.where(alert.c.site_id == site_id)
    if before is not None:
        at, key = before
        query = query.where((alert.c.ended_at < at) | ((alert.c.ended_at == at) & (alert.c.id < key)))
    rows = await connection.execute(query.order_by(alert.c.ended_at.desc(), alert.c.id.desc()).limit(limit))
    return [_row(found) for found in rows]


async def unsettled(connection: AsyncConnection, organisation_id: int, site_id: int | None) -> list[AlertRow]:
    """Those of a site, or of none, of which there may be something to tell."""
    query = select(alert).where(alert.c.organisation_id == organisation_id, ~alert.c.settled)
    at = alert.c.site_id
    rows = await connection.execute(
        query.where(at.is_(None) if site_id is None else at == site_id).order_by(alert.c.began, alert.c.id)
    )
    return [_row(found) for found in rows]


async def unsettled_sites(connection: AsyncConnection, organisation_id: int) -> list[int | None]:
    """Where there are such; None: above the sites."""
    rows = await connection.execute(
        select(alert.c.site_id)
        .where(alert.c.organisation_id == organisation_id, ~alert.c.settled)
        .distinct()
        .order_by(alert.c.site_id)
    )
    return [site_id for (site_id,) in rows]


async def over_sites(connection: AsyncConnection, organisation_id: int, since: int) -> list[AlertRow]:
    """Those of areas and of several sites that are open, or were it at some time from `since` on."""
    rows = await connection.execute(
        select(alert).where(
            alert.c.organisation_id == organisation_id,
            alert.c.site_id.is_(None),
            or_(alert.c.ended_at.is_(None), alert.c.over_at >= since),
        )
    )
    return [_row(found) for found in rows]


async def of_rule_at(
    connection: AsyncConnection, organisation_id: int, site_id: int, rule_id: str, since: int
) -> list[AlertRow]:
    """The same of one rule at a site."""
    rows = await connection.execute(
        select(alert).where(
            alert.c.organisation_id == organisation_id,
            alert.c.site_id == site_id,
            alert.c.rule_id == rule_id,
            or_(alert.c.ended_at.is_(None), alert.c.over_at >= since),
        )
    )
    return [_row(found) for found in rows]


async def open_of_rule(connection: AsyncConnection, organisation_id: int, rule_id: str) -> list[AlertRow]:
    """Of sites, each with its own."""
    rows = await connection.execute(
        select(alert).where(
            alert.c.organisation_id == organisation_id,
            alert.c.rule_id == rule_id,
            alert.c.ended_at.is_(None),
            alert.c.site_id.is_not(None),
        )
    )
    return [_row(found) for found in rows]


async def settle(connection: AsyncConnection, keys: Collection[str]) -> None:
    """Nothing more is to be told of these."""
    if keys:
        await connection.execute(update(alert).where(alert.c.id.in_(sorted(keys))).values(settled=True))


async def set_true_began(connection: AsyncConnection, key: str, at: int) -> None:
    await connection.execute(update(alert).where(alert.c.id == key).values(true_began=at))


async def mute(connection: AsyncConnection, keys: Collection[str], parent: str | None) -> None:
    """Note which open alert these are children of now."""
    if keys:
        await connection.execute(update(alert).where(alert.c.id.in_(sorted(keys))).values(muted_by=parent))


async def count_by_rule(connection: AsyncConnection, organisation_id: int) -> dict[str, int]:
    """Open ones."""
    mine = alert.c.organisation_id == organisation_id, alert.c.ended_at.is_(None)
    rows = await connection.execute(
        select(alert.c.rule_id, func.count()).where(*mine).group_by(alert.c.rule_id)
    )
    return {row[0]: row[1] for row in rows}


async def count_open(connection: AsyncConnection) -> dict[str, int]:
    """Of all organisations, by severity: for the metrics."""
    rows = await connection.execute(
        select(alert.c.severity, func.count()).where(alert.c.ended_at.is_(None)).group_by(alert.c.severity)
    )
    return {row[0]: row[1] for row in rows}


def _row(found: Row[Any]) -> AlertRow:
    return msgspec.convert(found, AlertRow, from_attributes=True)
