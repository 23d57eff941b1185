"""Stored transitions on their way into alerts, and the ids under which judges tell them."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import bulk
from cloud.store.database import insert_into, insert_new
from cloud.store.tables.alerting import acknowledgement, alert_member
from cloud.store.tables.batches import transition
from cloud.store.tables.notifying import notification
from cloud.store.tables.sites import gateway
from protocol.fold import Folded
from protocol.messages import Transition

_LOCK = 0x65766172  # of places, among PostgreSQL's advisory locks
_IDS_AT_ONCE = 500

FAULT = "fault of ours: "  # begins the trouble of what a newer program may merge


class Place(msgspec.Struct, frozen=True, order=True):
    """What alerting works on at a time, one process each: a site, or what is above the sites."""

    organisation_id: int
    site_id: int | None


class Stored(msgspec.Struct, frozen=True):
    """A transition that is in no alert yet."""

    gateway_id: str  # "": the cloud
    id: str
    epoch: str  # "": the cloud's own
    content: dict[str, Any]  # protocol.messages.Transition, if it can be read


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as one judge tells it."""

    id: str
    alert_id: str
    organisation_id: int
    site_id: int | None
    gateway_id: str
    epoch: str
    rule_id: str
    point: str
    folded: Folded
    forgotten_at: int | None


async def lock(connection: AsyncConnection, place: Place) -> bool:
    """Become the only one who changes alerts of this place; False: somebody is.

    Apart from the lock of the site that ingest takes: alerting never holds up readings.
    """
    if not bulk.is_postgresql(connection):
        return True  # there is one writer
    second = -place.organisation_id if place.site_id is None else place.site_id
    asked = text("SELECT pg_try_advisory_xact_lock(:first, :second)")
    return bool(await connection.scalar(asked, {"first": _LOCK, "second": second}))


async def places(connection: AsyncConnection, limit: int) -> list[Place]:
    """Where transitions wait, those first that wait longest."""
    rows = await connection.execute(
        select(transition.c.organisation_id, gateway.c.site_id)
        .outerjoin(gateway, gateway.c.id == transition.c.gateway_id)
        .where(transition.c.merged_at.is_(None))
        .group_by(transition.c.organisation_id, gateway.c.site_id)
        .order_by(func.min(transition.c.received_at))
        .limit(limit)
    )
    return [Place(*row) for row in rows]


async def unmerged(connection: AsyncConnection, place: Place, limit: int) -> list[Stored]:
    """What waits at a place, oldest first."""
    rows = await connection.execute(
        select(
            transition.c.gateway_id,
            transition.c.id,
            func.coalesce(transition.c.epoch, ""),
            transition.c.content,
        )
        .outerjoin(gateway, gateway.c.id == transition.c.gateway_id)
        .where(
            transition.c.merged_at.is_(None),
            transition.c.organisation_id == place.organisation_id,
            gateway.c.site_id.is_(None) if place.site_id is None else gateway.c.site_id == place.site_id,
        )
        .order_by(transition.c.received_at, transition.c.gateway_id, transition.c.id)
        .limit(limit)
    )
    return [Stored(*row) for row in rows]


async def of_members(connection: AsyncConnection, keys: Collection[str]) -> list[Transition]:
    """Everything that is merged under these ids."""
    found: list[Transition] = []
    listed = sorted(keys)
    for start in range(0, len(listed), _IDS_AT_ONCE):
        rows = await connection.execute(
            select(transition.c.content).where(
                transition.c.alert.in_(listed[start : start + _IDS_AT_ONCE]), transition.c.trouble.is_(None)
            )
        )
        found += [msgspec.convert(content, Transition) for (content,) in rows]
    return found


async def mark(
    connection: AsyncConnection, rows: Sequence[tuple[Stored, str | None, str | None]], now: int
) -> None:
    """These are done with: (transition, id of its alert there, trouble)."""
    await bulk.update(
        connection,
        transition,
        ("gateway_id", "id"),
        ("alert", "trouble", "merged_at"),
        [(one.gateway_id, one.id, alert, trouble, now) for one, alert, trouble in rows],
    )


async def try_again(connection: AsyncConnection) -> int:
    """Let what failed by a fault of ours wait once more; how many."""
    failed = transition.c.trouble.startswith(FAULT)
    done = await connection.execute(
        update(transition).where(failed).values(merged_at=None, trouble=None, alert=None)
    )
    return done.rowcount


async def add_own(
    connection: AsyncConnection, organisation_id: int, gateway_id: str, one: Transition
) -> None:
    """What the cloud itself has judged; `gateway_id` is the one it is about, "" for none."""
    await insert_new(
        connection,
        transition,
        [
            {
                "gateway_id": gateway_id,
                "id": one.id,
                "organisation_id": organisation_id,
                "at": one.at,
                "content": msgspec.to_builtins(one),
                "received_at": one.learned_at,
            }
        ],
    )


async def has_unmerged(connection: AsyncConnection, gateway_id: str, place: Place) -> bool:
    """Whether something of this gateway, or of the cloud itself at a place with none, waits."""
    waits = select(transition.c.id).where(
        transition.c.merged_at.is_(None),
        transition.c.gateway_id == gateway_id,
        transition.c.organisation_id == place.organisation_id,
    )
    return await connection.scalar(waits.limit(1)) is not None


async def members(connection: AsyncConnection, keys: Collection[str]) -> dict[str, Member]:
    """Those of these ids that are known, whosever they are."""
    found: dict[str, Member] = {}
    listed = sorted(keys)
    for start in range(0, len(listed), _IDS_AT_ONCE):
        part = listed[start : start + _IDS_AT_ONCE]
        rows = await connection.execute(select(alert_member).where(alert_member.c.id.in_(part)))
        found |= {row.id: _member(row) for row in rows}
    return found


async def members_near(
    connection: AsyncConnection, place: Place, watched: Collection[tuple[str, str]], since: int
) -> list[Member]:
    """Those of rules on points that were open at some time from `since` on, or overlap with such a one."""
    at = alert_member.c.site_id
    mine = (
        alert_member.c.organisation_id == place.organisation_id,
        at.is_(None) if place.site_id is None else at == place.site_id,
        alert_member.c.rule_id.in_({rule for rule, _ in watched}),
        alert_member.c.point.in_({point for _, point in watched}),
    )
    while True:
        rows = await connection.execute(
            select(alert_member).where(
                *mine, or_(alert_member.c.ended_at.is_(None), alert_member.c.ended_at >= since)
            )
        )
        found = [one for one in map(_member, rows) if (one.rule_id, one.point) in watched]
        earliest = min((one.folded.began for one in found), default=since)
        if earliest >= since:
            return found
        since = earliest


async def members_of(connection: AsyncConnection, alert_ids: Collection[str]) -> list[Member]:
    """All ids of these alerts."""
    rows = await connection.execute(
        select(alert_member).where(alert_member.c.alert_id.in_(sorted(alert_ids)))
    )
    return [_member(row) for row in rows]


async def open_members(connection: AsyncConnection, gateway_id: str) -> list[Member]:
    """What this gateway tells, or told once, and has not ended."""
    rows = await connection.execute(
        select(alert_member).where(alert_member.c.gateway_id == gateway_id, alert_member.c.ended_at.is_(None))
    )
    return [_member(row) for row in rows]


async def name_alerts(connection: AsyncConnection, moved: Sequence[tuple[str, str]]) -> None:
    """What was said or told under these ids belongs to another alert now: (id, alert)."""
    for table in (acknowledgement, notification):
        for member, alert_id in moved:
            await connection.execute(
                update(table).where(table.c.member_id == member).values(alert_id=alert_id)
            )


async def save_members(connection: AsyncConnection, rows: Sequence[Member]) -> None:
    if not rows:
        return
    new = insert_into(connection, alert_member)
    change = {one.name: new.excluded[one.name] for one in alert_member.columns if one.name != "id"}
    await connection.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=change),
        [
            msgspec.structs.asdict(one)
            | {
                "began": one.folded.began,
                "ended_at": one.folded.ended_at,
                "folded": msgspec.to_builtins(one.folded),
            }
            for one in rows
        ],
    )


def _member(row: Any) -> Member:
    return msgspec.convert(row, Member, from_attributes=True)
