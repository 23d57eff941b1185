"""Points by name, made where they are new, and their latest values."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import bulk
from cloud.store.database import insert_new
from cloud.store.tables.readings import latest
from cloud.store.tables.sites import device, point, point_owner
from protocol.reading import Point

Name = tuple[int, str]  # site id, device/metric

_NAMES_AT_ONCE = 5_000  # three parameters each; a statement of either database takes 32,766

# Two gateways that both send a point would else hand it back and forth with every batch.
OWNED_AT_LEAST_MS = 3_600_000


_NEWEST = select(latest.c.point_id, latest.c.at, latest.c.newest_at)


class Seen(msgspec.Struct, frozen=True):
    """A point as a batch names it."""

    point: Point
    gateway: str  # who sends it
    organisation_id: int


class _Known(msgspec.Struct, frozen=True):
    id: int
    unit: str
    interval_s: float | None
    gateway: str | None  # the owner; None: nobody


class PointIds:
    """Ids of points by name. A point never changes its id, so what was found once stays true."""

    def __init__(self) -> None:
        self._known: dict[Name, _Known] = {}

    def known(self, name: Name, point: Point, gateway: str) -> int | None:
        """The id of a point that is as it is named here; None where the database has to be asked."""
        known = self._known.get(name)
        if (
            known is None
            or known.gateway != gateway
            or (point.unit and point.unit != known.unit)
            or (point.interval_s is not None and point.interval_s != known.interval_s)
        ):
            return None
        return known.id

    async def resolve(self, connection: AsyncConnection, seen: dict[Name, Seen], now: int) -> dict[Name, int]:
        """An id for every name; unknown points are made, with device, owner and an empty latest row.

        What is made or changed here is only remembered once a later transaction has found it, since this
        one may be rolled back.
        """
        there = await _find(connection, list(seen))
        self._known.update(there)
        found: dict[Name, int] = {}
        missing = sorted(name for name in seen if name not in there)
        if missing:
            await _make(connection, missing, seen, now)
            made = await _find(connection, missing)
            found |= {name: known.id for name, known in made.items()}
        for name, known in sorted(there.items()):
            found[name] = known.id
            await _describe(connection, known, seen[name].point)
            await _hand_over(connection, known, seen[name], now)
        return found


async def newest_of(
    connection: AsyncConnection, ids: Collection[int]
) -> dict[int, tuple[int | None, int | None]]:
    """(at, newest_at) of each point. Only true while their sites are locked."""
    rows = await bulk.rows_among(connection, _NEWEST, {"point_id": ids})
    return {point_id: (at, newest_at) for point_id, at, newest_at in rows}


async def named(connection: AsyncConnection, site_id: int, name: str) -> tuple[int, Point] | None:
    """The id of a point and what is known of it; None: it is not known here."""
    called = tuple(name.partition("/")[::2])
    rows = await connection.execute(
        select(point.c.id, point.c.unit, point.c.interval_s)
        .join(device, device.c.id == point.c.device_id)
        .where(point.c.site_id == site_id, tuple_(device.c.name, point.c.metric).in_([called]))
    )
    found = rows.first()
    return None if found is None else (found.id, Point(name, found.unit, found.interval_s))


async def units(connection: AsyncConnection, site_id: int, names: Collection[str]) -> dict[str, str]:
    """Of these points, by device/metric, as far as they are known."""
    called = sorted({name.partition("/")[0] for name in names})
    rows = await connection.execute(
        select(device.c.name, point.c.metric, point.c.unit)
        .join(device, device.c.id == point.c.device_id)
        .where(point.c.site_id == site_id, device.c.name.in_(called))
    )
    return {f"{name}/{metric}": unit for name, metric, unit in rows}


async def heard_at(connection: AsyncConnection, site_id: int) -> dict[str, int]:
    """The newest reading of every point of a site that has one, by device/metric."""
    rows = await connection.execute(
        select(device.c.name, point.c.metric, latest.c.at)
        .join(device, device.c.id == point.c.device_id)
        .join(latest, latest.c.point_id == point.c.id)
        .where(point.c.site_id == site_id, latest.c.at.is_not(None))
    )
    return {f"{name}/{metric}": at for name, metric, at in rows}


async def save_latest(connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write newer readings: (point id, at, value, quality, received_at, newest_at)."""
    columns = ("at", "value", "quality", "received_at", "newest_at")
    await bulk.update(connection, latest, ("point_id",), columns, rows)


async def save_newest(connection: AsyncConnection, rows: Sequence[tuple[int, int]]) -> None:
    """Write greater times of readings that are not the latest: (point id, newest_at)."""
    await bulk.update(connection, latest, ("point_id",), ("newest_at",), rows)


async def _find(connection: AsyncConnection, names: Sequence[Name]) -> dict[Name, _Known]:
    found: dict[Name, _Known] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        wanted = [(site, *name.split("/", 1)) for site, name in names[start : start + _NAMES_AT_ONCE]]
        rows = await connection.execute(
            select(
                point.c.site_id,
                device.c.name,
                point.c.metric,
                point.c.id,
                point.c.unit,
                point.c.interval_s,
                point_owner.c.gateway_id,
            )
            .join(device, device.c.id == point.c.device_id)
            .outerjoin(point_owner, and_(point_owner.c.point_id == point.c.id, point_owner.c.until.is_(None)))
            .where(tuple_(point.c.site_id, device.c.name, point.c.metric).in_(wanted))
        )
        for site, name, metric, *known in rows:
            found[site, f"{name}/{metric}"] = _Known(*known)
    return found


async def _make(
    connection: AsyncConnection, missing: Sequence[Name], seen: dict[Name, Seen], now: int
) -> None:
    """`missing` is sorted: two workers that make the same points wait for each other instead of for ever."""
    organisations = {name[0]: seen[name].organisation_id for name in missing}
    devices = sorted({(site, name.split("/", 1)[0]) for site, name in missing})
    await insert_new(
        connection,
        device,
        [{"organisation_id": organisations[site], "site_id": site, "name": name} for site, name in devices],
    )
    device_ids = {(site, name): found for site, name, found in await _device_rows(connection, devices)}
    await insert_new(
        connection,
        point,
        [
            {
                "organisation_id": organisations[site],
                "site_id": site,
                "device_id": device_ids[site, name.split("/", 1)[0]],
                "metric": name.split("/", 1)[1],
                "unit": seen[site, name].point.unit,
                "interval_s": seen[site, name].point.interval_s,
            }
            for site, name in missing
        ],
    )
    made = await _find(connection, missing)
    await insert_new(
        connection,
        latest,
        [{"point_id": made[name].id, "organisation_id": organisations[name[0]]} for name in missing],
    )
    await insert_new(
        connection,
        point_owner,
        [
            {
                "point_id": made[name].id,
                "since": now,
                "organisation_id": organisations[name[0]],
                "gateway_id": seen[name].gateway,
            }
            for name in missing
            if made[name].gateway is None
        ],
    )


async def _device_rows(connection: AsyncConnection, devices: Sequence[Name]) -> Iterable[Any]:
    rows: list[Any] = []
    for start in range(0, len(devices), _NAMES_AT_ONCE):
        wanted = devices[start : start + _NAMES_AT_ONCE]
        rows += await connection.execute(
            select(device.c.site_id, device.c.name, device.c.id).where(
                tuple_(device.c.site_id, device.c.name).in_(wanted)
            )
        )
    return rows


async def _describe(connection: AsyncConnection, known: _Known, said: Point) -> None:
    """Take over a unit or interval that differs; what a batch leaves out stays."""
    unit = said.unit or known.unit
    interval_s = known.interval_s if said.interval_s is None else said.interval_s
    if (unit, interval_s) != (known.unit, known.interval_s):
        await connection.execute(
            update(point).where(point.c.id == known.id).values(unit=unit, interval_s=interval_s)
        )


async def _hand_over(connection: AsyncConnection, known: _Known, one: Seen, now: int) -> None:
    """Another gateway of the site sends the point: it owns it from now on."""
    if known.gateway == one.gateway:
        return
    ended = await connection.execute(
        update(point_owner)
        .where(
            point_owner.c.point_id == known.id,
            point_owner.c.until.is_(None),
            point_owner.c.since <= now - OWNED_AT_LEAST_MS,
        )
        .values(until=now)
    )
    if ended.rowcount:
        await connection.execute(
            insert(point_owner).values(
                point_id=known.id, since=now, organisation_id=one.organisation_id, gateway_id=one.gateway
            )
        )
