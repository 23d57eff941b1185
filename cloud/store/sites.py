"""Organisations and their sites."""

from collections.abc import Collection

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import bulk
from cloud.store.tables.schema import organisation
from cloud.store.tables.sites import site

# Beside foreign keys that point here, which an ordinary FOR UPDATE would hold up.
_LOCKED = select(site.c.id).order_by(site.c.id).with_for_update(key_share=True)

OFFLINE_AFTER_S = 900  # a gateway silent for longer is offline, until the site says otherwise


class SiteRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    organisation_id: int
    name: str
    zone: str  # IANA
    tags: dict[str, str]
    offline_after_s: int


async def first_organisation(connection: AsyncConnection, now: int) -> int:
    """The id of the oldest organisation, made if there is none."""
    found: int | None = await connection.scalar(
        select(organisation.c.id).order_by(organisation.c.id).limit(1)
    )
    if found is not None:
        return found
    made: int = await connection.scalar(
        insert(organisation).values(name="Evara", created_at=now).returning(organisation.c.id)
    )
    return made


async def organisations(connection: AsyncConnection) -> list[int]:
    return [key for (key,) in await connection.execute(select(organisation.c.id).order_by(organisation.c.id))]


async def ensure(connection: AsyncConnection, organisation_id: int, name: str, zone: str, now: int) -> int:
    """The id of the site with this name, made if there is none; a site that is there keeps its zone."""
    found: int | None = await connection.scalar(
        select(site.c.id).where(site.c.organisation_id == organisation_id, site.c.name == name)
    )
    if found is not None:
        return found
    made: int = await connection.scalar(
        insert(site)
        .values(
            organisation_id=organisation_id,
            name=name,
            zone=zone,
            tags={},
            offline_after_s=OFFLINE_AFTER_S,
            created_at=now,
        )
        .returning(site.c.id)
    )
    return made


async def of_organisation(connection: AsyncConnection, organisation_id: int) -> list[SiteRow]:
    """Every site of an organisation, by name."""
    rows = await connection.execute(
        select(site).where(site.c.organisation_id == organisation_id).order_by(site.c.name, site.c.id)
    )
    return [msgspec.convert(row, SiteRow, from_attributes=True) for row in rows]


async def find(connection: AsyncConnection, organisation_id: int, key: int) -> SiteRow | None:
    """One site, if it belongs to the organisation."""
    found = (
        await connection.execute(
            select(site).where(site.c.organisation_id == organisation_id, site.c.id == key)
        )
    ).first()
    return None if found is None else msgspec.convert(found, SiteRow, from_attributes=True)


async def change(
    connection: AsyncConnection, organisation_id: int, key: int, tags: dict[str, str], offline_after_s: int
) -> SiteRow | None:
    """The site as it is then; None: there is no such site in the organisation."""
    await connection.execute(
        update(site)
        .where(site.c.organisation_id == organisation_id, site.c.id == key)
        .values(tags=tags, offline_after_s=offline_after_s)
    )
    return await find(connection, organisation_id, key)


async def lock(connection: AsyncConnection, ids: Collection[int]) -> None:
    """Become the only writer of the points of these sites; locks in sorted order.

    One lock a site instead of one a point: a site's readings come from one gateway, as a rule.
    """
    await bulk.rows_among(connection, _LOCKED, {"id": ids})
