"""Sites, and the devices and points that stand there."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import rollout, tell
from cloud.api.parameters import Clock, Id, SiteFilter
from cloud.api.shapes import (
    Device,
    Point,
    PointAnswer,
    Site,
    SiteAnswer,
    SiteRow,
    SitesAnswer,
    device_of,
    gateway_of,
    point_of,
    site_of,
)
from cloud.errors import NotFound
from cloud.store import devices, gateways, sites
from cloud.store.database import Database
from cloud.store.devices import PointRow
from cloud.store.sessions import Signed

Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\0=]*$")]


class SiteChange(msgspec.Struct, forbid_unknown_fields=True):
    tags: Annotated[dict[Tag, Tag], msgspec.Meta(max_length=16)]  # sites of one "region" are an area
    offline_after_s: Annotated[int, msgspec.Meta(ge=60, le=604_800)]


# What stands for a site in the list: the first of these metrics that it has, else its newest point.
_HEADLINES = ("level", "volume", "flow", "pressure")


@get("/sites")
async def list_sites(
    signed: NamedDependency[Signed], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> SitesAnswer:
    now = clock()
    async with database.reading() as connection:
        rows = await sites.of_organisation(connection, signed.organisation_id)
        points = await devices.points_of(connection, signed.organisation_id)
        there = await gateways.of_organisation(connection, signed.organisation_id)
    own: dict[int, list[PointRow]] = {row.id: [] for row in rows}
    for point in points:
        own[point.site_id].append(point)
    items = [
        SiteRow(
            id=row.id,
            name=row.name,
            zone=row.zone,
            tags=row.tags,
            offline_after_s=row.offline_after_s,
            points=len(own[row.id]),
            newest_at=max((point.at for point in own[row.id] if point.at is not None), default=None),
            headline=_headline(own[row.id]),
            gateways=[gateway_of(gateway, now) for gateway in there if gateway.site_id == row.id],
        )
        for row in rows
    ]
    return SitesAnswer(server_time=now, items=items)


@get("/sites/{site_id:int}")
async def read_site(
    site_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> SiteAnswer:
    now = clock()
    async with database.reading() as connection:
        site = await sites.find(connection, signed.organisation_id, site_id)
        if site is None:
            raise NotFound(f"there is no site {site_id}")
        rows = await devices.devices_of(connection, signed.organisation_id, site_id)
        points = await devices.points_of(connection, signed.organisation_id, site_id)
        there = await gateways.of_organisation(connection, signed.organisation_id, site_id)
    return SiteAnswer(
        server_time=now,
        site=site_of(site),
        devices=[device_of(row, points) for row in rows],
        gateways=[gateway_of(gateway, now) for gateway in there],
    )


@put("/sites/{site_id:int}")
async def change_site(
    site_id: Id,
    data: JSONBody[SiteChange],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Site:
    """Its tags, by which rules and routes find it, and after how long a silent gateway there is offline."""
    now, own = clock(), signed.organisation_id

    async def work(connection: AsyncConnection) -> Site:
        changed = await sites.change(connection, own, site_id, data.tags, data.offline_after_s)
        if changed is None:
            raise NotFound(f"there is no site {site_id}")
        await rollout.plan(connection, own, now)
        await tell.touch_all(connection, own, now)
        return site_of(changed)

    return await database.write(work)


@get("/devices")
async def list_devices(
    signed: NamedDependency[Signed], database: NamedDependency[Database], site: SiteFilter = None
) -> list[Device]:
    async with database.reading() as connection:
        rows = await devices.devices_of(connection, signed.organisation_id, site)
        points = await devices.points_of(connection, signed.organisation_id, site)
    return [device_of(row, points) for row in rows]


@get("/devices/{device_id:int}")
async def read_device(
    device_id: Id, signed: NamedDependency[Signed], database: NamedDependency[Database]
) -> Device:
    async with database.reading() as connection:
        row = await devices.find_device(connection, signed.organisation_id, device_id)
        if row is None:
            raise NotFound(f"there is no device {device_id}")
        points = await devices.points_of(connection, signed.organisation_id, device_id=device_id)
    return device_of(row, points)


@get("/points")
async def list_points(
    signed: NamedDependency[Signed], database: NamedDependency[Database], site: SiteFilter = None
) -> list[Point]:
    async with database.reading() as connection:
        rows = await devices.points_of(connection, signed.organisation_id, site)
    return [point_of(row) for row in rows]


@get("/points/{point_id:int}")
async def read_point(
    point_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> PointAnswer:
    async with database.reading() as connection:
        point = await devices.find_point(connection, signed.organisation_id, point_id)
        if point is None:
            raise NotFound(f"there is no point {point_id}")
        site = await sites.find(connection, signed.organisation_id, point.site_id)
    if site is None:
        raise NotFound(f"there is no site {point.site_id}")
    return PointAnswer(server_time=clock(), point=point_of(point), site=site_of(site))


def _headline(points: list[PointRow]) -> Point | None:
    known = [point for metric in _HEADLINES for point in points if point.metric == metric]
    row = known[0] if known else max(points, key=lambda point: point.at or 0, default=None)
    return None if row is None else point_of(row)
