"""What alerting asks about gateways: when they were heard, and what their births list."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.alerting import alert
from cloud.store.tables.sites import gateway, site


class Contact(msgspec.Struct, frozen=True):
    """A gateway that may be offline, or is told to be."""

    id: str
    organisation_id: int
    site_id: int
    at: int  # when it was last heard, ms UTC
    offline_after_s: int
    revoked: bool
    is_told: bool  # there is an open alert of it


class Listed(msgspec.Struct, frozen=True):
    """A birth that alerting has not looked at."""

    gateway_id: str
    organisation_id: int
    site_id: int
    epoch: str
    session: int
    open_alerts: list[str]


async def labels(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, str]:
    """What people call these gateways."""
    rows = await connection.execute(
        select(gateway.c.id, gateway.c.label).where(gateway.c.id.in_(sorted(ids)))
    )
    return {row[0]: row[1] for row in rows}


async def of_site(connection: AsyncConnection, site_id: int) -> dict[str, int]:
    """When each active gateway of a site was last heard; those that never were are left out."""
    rows = await connection.execute(
        select(gateway.c.id, gateway.c.last_contact_at).where(
            gateway.c.site_id == site_id,
            gateway.c.revoked_at.is_(None),
            gateway.c.last_contact_at.is_not(None),
        )
    )
    return {row[0]: row[1] for row in rows}


async def questionable(connection: AsyncConnection, rule_id: str, now: int) -> list[Contact]:
    """Gateways that are silent for longer than their sites allow, and those of which `rule_id` is told."""
    told = (
        select(alert.c.point)
        .where(alert.c.rule_id == rule_id, alert.c.ended_at.is_(None))
        .distinct()
        .subquery()
    )
    is_silent = gateway.c.last_contact_at + site.c.offline_after_s * 1000 <= now
    rows = await connection.execute(
        select(
            gateway.c.id,
            gateway.c.organisation_id,
            gateway.c.site_id,
            gateway.c.last_contact_at,
            site.c.offline_after_s,
            gateway.c.revoked_at.is_not(None),
            told.c.point.is_not(None),
        )
        .join(site, site.c.id == gateway.c.site_id)
        .outerjoin(told, told.c.point == gateway.c.id)
        .where(
            gateway.c.last_contact_at.is_not(None),
            or_(told.c.point.is_not(None), and_(is_silent, gateway.c.revoked_at.is_(None))),
        )
        .order_by(gateway.c.id)
    )
    return [Contact(*row) for row in rows]


async def has_backlog(connection: AsyncConnection, gateway_id: str) -> bool:
    """Whether older readings of it are still to come."""
    backlog: int | None = await connection.scalar(
        select(gateway.c.backlog_readings).where(gateway.c.id == gateway_id)
    )
    return bool(backlog)


async def births(connection: AsyncConnection, limit: int) -> list[Listed]:
    rows = await connection.execute(
        select(
            gateway.c.id,
            gateway.c.organisation_id,
            gateway.c.site_id,
            gateway.c.epoch,
            gateway.c.session,
            gateway.c.open_alerts,
        )
        .where(gateway.c.open_alerts.is_not(None), gateway.c.epoch.is_not(None))
        .order_by(gateway.c.id)
        .limit(limit)
    )
    return [Listed(*row) for row in rows]


async def looked_at(connection: AsyncConnection, one: Listed) -> None:
    """Unless another birth came meanwhile."""
    await connection.execute(
        update(gateway)
        .where(gateway.c.id == one.gateway_id, gateway.c.epoch == one.epoch, gateway.c.session == one.session)
        .values(open_alerts=None)
    )
