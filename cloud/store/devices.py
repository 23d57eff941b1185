"""Devices and points as pages list them, with the latest reading of each point."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.readings import latest
from cloud.store.tables.sites import device, gateway, point, point_origin, point_owner
from protocol.reading import Point as ProtocolPoint


class PointRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    site_id: int
    device_id: int
    device: str
    metric: str
    unit: str  # "": not known
    interval_s: float | None  # None: irregular
    derived_of: str | None  # device/metric; None: it is not derived
    derivation: str | None  # how: level_from_distance …
    calibrations: list[int] | None  # from when each one holds, ms UTC, oldest first
    seal_every_s: float | None  # of the gateway that owns it; None: nobody does
    at: int | None  # of the latest reading; None: none yet
    value: float | None
    quality: int | None
    received_at: int | None


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    site_id: int
    name: str
    category: str | None


async def points_of(
    connection: AsyncConnection,
    organisation_id: int,
    site_id: int | None = None,
    device_id: int | None = None,
) -> list[PointRow]:
    """Every point of an organisation, of one of its sites, or of one device, by device and metric."""
    query = _points().where(point.c.organisation_id == organisation_id)
    if site_id is not None:
        query = query.where(point.c.site_id == site_id)
    if device_id is not None:
        query = query.where(point.c.device_id == device_id)
    rows = await connection.execute(query.order_by(point.c.site_id, device.c.name, point.c.metric))
    return [_point(row) for row in rows]


async def find_point(connection: AsyncConnection, organisation_id: int, key: int) -> PointRow | None:
    """One point, if it belongs to the organisation."""
    query = _points().where(point.c.organisation_id == organisation_id, point.c.id == key)
    found = (await connection.execute(query)).first()
    return None if found is None else _point(found)


async def ids_at(connection: AsyncConnection, site_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """The points of these sites, by site and device/metric."""
    rows = await connection.execute(
        select(point.c.id, point.c.site_id, device.c.name, point.c.metric)
        .join(device, device.c.id == point.c.device_id)
        .where(point.c.site_id.in_(sorted(site_ids)))
    )
    return {(row.site_id, f"{row.name}/{row.metric}"): row.id for row in rows}


async def names_at(connection: AsyncConnection, site_ids: Collection[int]) -> list[tuple[int, ProtocolPoint]]:
    """The same as gateways name them, each with its site."""
    rows = await connection.execute(
        select(point.c.site_id, device.c.name, point.c.metric, point.c.unit, point.c.interval_s)
        .join(device, device.c.id == point.c.device_id)
        .where(point.c.site_id.in_(sorted(site_ids)))
        .order_by(point.c.site_id, device.c.name, point.c.metric)
    )
    return [
        (row.site_id, ProtocolPoint(f"{row.name}/{row.metric}", row.unit, row.interval_s)) for row in rows
    ]


async def devices_of(
    connection: AsyncConnection, organisation_id: int, site_id: int | None = None
) -> list[DeviceRow]:
    """Every device of an organisation, or of one of its sites, by name."""
    query = _devices().where(device.c.organisation_id == organisation_id)
    if site_id is not None:
        query = query.where(device.c.site_id == site_id)
    rows = await connection.execute(query.order_by(device.c.site_id, device.c.name))
    return [_device(row) for row in rows]


async def find_device(connection: AsyncConnection, organisation_id: int, key: int) -> DeviceRow | None:
    """One device, if it belongs to the organisation."""
    query = _devices().where(device.c.organisation_id == organisation_id, device.c.id == key)
    found = (await connection.execute(query)).first()
    return None if found is None else _device(found)


def _points() -> Select[tuple[object, ...]]:
    return (
        select(
            point.c.id,
            point.c.site_id,
            point.c.device_id,
            device.c.name.label("device"),
            point.c.metric,
            point.c.unit,
            point.c.interval_s,
            point_origin.c.derived_of,
            point_origin.c.kind.label("derivation"),
            point_origin.c.calibrations,
            gateway.c.seal_every_s,
            latest.c.at,
            latest.c.value,
            latest.c.quality,
            latest.c.received_at,
        )
        .join(device, device.c.id == point.c.device_id)
        .join(latest, latest.c.point_id == point.c.id)
        .outerjoin(point_owner, (point_owner.c.point_id == point.c.id) & point_owner.c.until.is_(None))
        .outerjoin(gateway, gateway.c.id == point_owner.c.gateway_id)
        .outerjoin(
            point_origin,
            (point_origin.c.site_id == point.c.site_id)
            & (point_origin.c.name == device.c.name + "/" + point.c.metric),
        )
    )


def _devices() -> Select[tuple[object, ...]]:
    return select(device.c.id, device.c.site_id, device.c.name, device.c.category)


def _point(row: Row[tuple[object, ...]]) -> PointRow:
    return msgspec.convert(row, PointRow, from_attributes=True)


def _device(row: Row[tuple[object, ...]]) -> DeviceRow:
    return msgspec.convert(row, DeviceRow, from_attributes=True)
