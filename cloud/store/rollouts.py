"""Which configuration a gateway is to run, and what it said of it. Knows neither rules nor transports."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.rules import rollout
from cloud.store.tables.sites import gateway, site

_NEWEST = (
    select(rollout.c.gateway_id, func.max(rollout.c.version).label("version"))
    .group_by(rollout.c.gateway_id)
    .subquery()
)
_KNOWN_BY = (rollout.c.gateway_id == _NEWEST.c.gateway_id) & (rollout.c.version == _NEWEST.c.version)


class Target(msgspec.Struct, frozen=True):
    """A gateway that is to be configured."""

    gateway_id: str
    organisation_id: int
    site_id: int
    site: str
    zone: str
    tags: dict[str, str]
    version: int  # of its newest configuration; 0: it has none
    digest: str  # of that one; "": it has none


class RolloutRow(msgspec.Struct, frozen=True, kw_only=True):
    """The newest configuration of one gateway."""

    gateway_id: str
    label: str
    site_id: int
    version: int
    digest: str
    rules: dict[str, int]  # in it: id -> version
    state: str  # pending, delivered, applied, rejected
    reason: str  # why it is rejected, or what of it does not fit there; "": nothing
    at: int  # of the state
    config_hash: str | None  # what the gateway last said that it runs; None: it never did


class Waiting(msgspec.Struct, frozen=True):
    """A configuration on its way to a gateway."""

    gateway_id: str
    version: int
    digest: str
    document: str


async def targets(
    connection: AsyncConnection, organisation_id: int | None = None, only_new: bool = False
) -> list[Target]:
    """Every active gateway, of one organisation or of all; `only_new`: those that have no configuration."""
    query = (
        select(
            gateway.c.id,
            gateway.c.organisation_id,
            gateway.c.site_id,
            site.c.name,
            site.c.zone,
            site.c.tags,
            func.coalesce(rollout.c.version, 0),
            func.coalesce(rollout.c.digest, ""),
        )
        .join(site, site.c.id == gateway.c.site_id)
        .outerjoin(_NEWEST, _NEWEST.c.gateway_id == gateway.c.id)
        .outerjoin(rollout, _KNOWN_BY)
        .where(gateway.c.revoked_at.is_(None))
        .order_by(gateway.c.id)
    )
    if organisation_id is not None:
        query = query.where(gateway.c.organisation_id == organisation_id)
    if only_new:
        query = query.where(rollout.c.version.is_(None))
    return [Target(*row) for row in await connection.execute(query)]


async def add(
    connection: AsyncConnection,
    target: Target,
    digest: str,
    document: str,
    rules: Mapping[str, int],
    now: int,
) -> None:
    """What the gateway is to run from now on; the documents before are no longer kept."""
    older = rollout.c.gateway_id == target.gateway_id
    await connection.execute(
        update(rollout).where(older, rollout.c.document.is_not(None)).values(document=None)
    )
    await connection.execute(
        update(rollout)
        .where(older, rollout.c.state.in_(("pending", "delivered")))
        .values(state="superseded", at=now)
    )
    await connection.execute(
        insert(rollout).values(
            gateway_id=target.gateway_id,
            version=target.version + 1,
            organisation_id=target.organisation_id,
            digest=digest,
            document=document,
            rules=dict(rules),
            state="pending",
            reason="",
            at=now,
        )
    )


async def newest(connection: AsyncConnection, organisation_id: int) -> list[RolloutRow]:
    """Of every gateway of the organisation: who has applied what. By label."""
    rows = await connection.execute(
        select(rollout, gateway.c.label, gateway.c.site_id, gateway.c.config_hash)
        .join(_NEWEST, _KNOWN_BY)
        .join(gateway, gateway.c.id == rollout.c.gateway_id)
        .where(rollout.c.organisation_id == organisation_id, gateway.c.revoked_at.is_(None))
        .order_by(gateway.c.label, gateway.c.id)
    )
    return [msgspec.convert(row, RolloutRow, from_attributes=True) for row in rows]


async def pending(connection: AsyncConnection, limit: int) -> list[Waiting]:
    """What nobody has sent yet; each belongs to whoever has locked it, until its transaction ends."""
    rows = await connection.execute(
        select(rollout.c.gateway_id, rollout.c.version, rollout.c.digest, rollout.c.document)
        .where(rollout.c.state == "pending", rollout.c.document.is_not(None))
        .order_by(rollout.c.gateway_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Waiting(*row) for row in rows]


async def unlike(connection: AsyncConnection, gateway_id: str) -> Waiting | None:
    """What this gateway should run and by its own word does not; None: it does, or has rejected it."""
    row = (
        await connection.execute(
            select(rollout.c.gateway_id, rollout.c.version, rollout.c.digest, rollout.c.document)
            .join(_NEWEST, _KNOWN_BY)
            .join(gateway, gateway.c.id == rollout.c.gateway_id)
            .where(
                rollout.c.gateway_id == gateway_id,
                rollout.c.state != "rejected",
                rollout.c.document.is_not(None),
                func.coalesce(gateway.c.config_hash, "") != rollout.c.digest,
            )
        )
    ).first()
    return None if row is None else Waiting(*row)


async def delivered(connection: AsyncConnection, sent: Sequence[Waiting], now: int) -> None:
    """They went to the broker, or with an answer."""
    for one in sent:
        await connection.execute(
            update(rollout)
            .where(*_of(one.gateway_id, one.digest), rollout.c.state == "pending")
            .values(state="delivered", at=now)
        )


async def born(connection: AsyncConnection, gateway_id: str, config_hash: str, now: int) -> None:
    """A birth says what runs: that is applied, and what does not run is sent again."""
    await connection.execute(
        update(rollout)
        .where(
            *_of(gateway_id, config_hash),
            rollout.c.document.is_not(None),
            rollout.c.state != "applied",
        )
        .values(state="applied", reason="", at=now)
    )
    await connection.execute(
        update(rollout)
        .where(
            rollout.c.gateway_id == gateway_id,
            rollout.c.digest != config_hash,
            rollout.c.document.is_not(None),
            rollout.c.state.in_(("delivered", "applied")),
        )
        .values(state="pending", at=now)
    )


async def answered(
    connection: AsyncConnection, gateway_id: str, digest: str, ok: bool, reason: str, now: int
) -> None:
    """The gateway runs this configuration, and says what of it does not fit there, or why it does not."""
    await connection.execute(
        update(rollout)
        .where(*_of(gateway_id, digest), rollout.c.document.is_not(None))
        .values(state="applied" if ok else "rejected", reason=reason, at=now)
    )
    if ok:
        await connection.execute(update(gateway).where(gateway.c.id == gateway_id).values(config_hash=digest))


def _of(gateway_id: str, digest: str) -> tuple[Any, ...]:
    return rollout.c.gateway_id == gateway_id, rollout.c.digest == digest
