"""Gateways: who may send, what they last said, and when they were last heard."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Row, Select, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import bulk
from cloud.store.tables.sites import gateway, site


class Owner(msgspec.Struct, frozen=True):
    """Whose a gateway is, and so what it sends."""

    organisation_id: int
    site_id: int
    revoked: bool = False


class GatewayRow(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway as it was last heard; its state in words is the reader's to judge, who has the time."""

    id: str
    organisation_id: int
    site_id: int
    site: str
    label: str
    created_at: int
    revoked_at: int | None
    last_contact_at: int | None
    dead: bool
    heartbeat_s: float
    offline_after_s: int
    version: str | None
    backlog_readings: int
    backlog_oldest_at: int | None
    parked: int
    clock_offset_ms: int | None
    breakers: list[tuple[str, str]]


async def lock_owners(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Owner]:
    """The owners of these gateways, share-locked in sorted order: a revocation waits for this transaction."""
    rows = await bulk.rows_among(connection, _OWNERS, {"id": sorted(ids)})
    return {key: Owner(organisation, at, revoked is not None) for key, organisation, at, revoked in rows}


async def secret_hash_of(connection: AsyncConnection, key: str) -> str | None:
    """The hash of an active gateway's secret; None if there is no such gateway or it is revoked."""
    found: str | None = await connection.scalar(
        select(gateway.c.secret_hash).where(gateway.c.id == key, gateway.c.revoked_at.is_(None))
    )
    return found


async def secret_hashes(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Id and hash of every active gateway, for mosquitto's password file."""
    rows = await connection.execute(
        select(gateway.c.id, gateway.c.secret_hash)
        .where(gateway.c.revoked_at.is_(None))
        .order_by(gateway.c.id)
    )
    return [(key, hashed) for key, hashed in rows]


async def add(
    connection: AsyncConnection,
    key: str,
    organisation_id: int,
    site_id: int,
    label: str,
    secret_hash: str,
    now: int,
) -> None:
    """Enter a new gateway; the id must be new."""
    await connection.execute(
        insert(gateway).values(
            id=key,
            organisation_id=organisation_id,
            site_id=site_id,
            label=label,
            secret_hash=secret_hash,
            created_at=now,
            breakers=[],
        )
    )


async def revoke(connection: AsyncConnection, key: str, now: int) -> bool:
    """Take away a gateway's right to send; False if there is no active one.

    Waits for the transactions that are storing something of it.
    """
    done = await connection.execute(
        update(gateway).where(gateway.c.id == key, gateway.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    return done.rowcount == 1


async def of_organisation(
    connection: AsyncConnection, organisation_id: int, site_id: int | None = None
) -> list[GatewayRow]:
    """Every gateway of an organisation, or of one of its sites, by label."""
    query = _rows().where(gateway.c.organisation_id == organisation_id)
    if site_id is not None:
        query = query.where(gateway.c.site_id == site_id)
    return [_row(found) for found in await connection.execute(query.order_by(gateway.c.label, gateway.c.id))]


async def find(
    connection: AsyncConnection, key: str, organisation_id: int | None = None
) -> GatewayRow | None:
    """One gateway; with `organisation_id` only if it belongs to it."""
    query = _rows().where(gateway.c.id == key)
    if organisation_id is not None:
        query = query.where(gateway.c.organisation_id == organisation_id)
    found = (await connection.execute(query)).first()
    return None if found is None else _row(found)


async def heard(connection: AsyncConnection, contacts: dict[str, int]) -> None:
    """Note when gateways were last heard, ms UTC by id; never moves back. Locks in sorted order."""
    keys = sorted(contacts)
    await bulk.rows_among(connection, _LOCKED, {"id": keys})
    later = func.coalesce(gateway.c.last_contact_at, 0) < bindparam("at")
    await connection.execute(
        update(gateway)
        .where(gateway.c.id == bindparam("key"), later)
        .values(last_contact_at=bindparam("at"), dead=False),
        [{"key": key, "at": contacts[key]} for key in keys],
    )


_OWNERS = (
    select(gateway.c.id, gateway.c.organisation_id, gateway.c.site_id, gateway.c.revoked_at)
    .order_by(gateway.c.id)
    .with_for_update(read=True)
)
_LOCKED = select(gateway.c.id).order_by(gateway.c.id).with_for_update()

_COLUMNS = [
    gateway.c.id,
    gateway.c.organisation_id,
    gateway.c.site_id,
    site.c.name.label("site"),
    gateway.c.label,
    gateway.c.created_at,
    gateway.c.revoked_at,
    gateway.c.last_contact_at,
    gateway.c.dead,
    gateway.c.heartbeat_s,
    site.c.offline_after_s,
    gateway.c.version,
    gateway.c.backlog_readings,
    gateway.c.backlog_oldest_at,
    gateway.c.parked,
    gateway.c.clock_offset_ms,
    gateway.c.breakers,
]


def _rows() -> Select[tuple[object, ...]]:
    return select(*_COLUMNS).join(site, site.c.id == gateway.c.site_id)


def _row(found: Row[tuple[object, ...]]) -> GatewayRow:
    return msgspec.convert(found, GatewayRow, from_attributes=True)
