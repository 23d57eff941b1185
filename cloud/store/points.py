"""Points by name, made where they are new, and the locked rows of their latest values."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.readings import latest
from cloud.store.tables.sites import device, point, point_owner
from protocol.reading import Point

Name = tuple[int, str]  # site id, device/metric

_NAMES_AT_ONCE = 5_000  # three parameters each; a statement of either database takes 32,766


class Latest(msgspec.Struct):
    """The newest reading of a point. `newest_at` also counts readings that claim the future."""

    at: int | None  # null: none yet
    newest_at: int | None


class PointIds:
    """Ids of points by name. A point never changes its id, so what was found once stays true."""

    def __init__(self) -> None:
        self._known: dict[Name, int] = {}

    async def resolve(
        self,
        connection: AsyncConnection,
        wanted: dict[Name, Point],
        organisations: dict[int, int],
        gateways: dict[Name, str],
        now: int,
    ) -> dict[Name, int]:
        """An id for every name; unknown points are made, with their device, their owner and an empty latest row.

        `organisations` by site, `gateways` by point: who sends it. What is made here is only remembered
        once a later transaction has found it, since this one may be rolled back.
        """
        unknown = sorted(name for name in wanted if name not in self._known)
        found = {name: self._known[name] for name in wanted if name in self._known}
        if not unknown:
            return found
        there = await _find(connection, unknown)
        self._known.update(there)
        missing = [name for name in unknown if name not in there]
        if missing:
            there |= await _make(connection, missing, wanted, organisations, gateways, now)
        return found | there


async def lock_latest(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Latest]:
    """The latest rows, locked in sorted order: whoever holds them is the only writer of these points."""
    rows = await connection.execute(
        select(latest.c.point_id, latest.c.at, latest.c.newest_at)
        .where(latest.c.point_id.in_(sorted(ids)))
        .order_by(latest.c.point_id)
        .with_for_update()
    )
    return {point_id: Latest(at, newest_at) for point_id, at, newest_at in rows}


async def save_latest(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Write newer values: key, at, value, quality, received_at."""
    if rows:
        await connection.execute(update(latest).where(latest.c.point_id == bindparam("key")), rows)


async def save_newest(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Write greater times: key, newest_at."""
    if rows:
        await connection.execute(update(latest).where(latest.c.point_id == bindparam("key")), rows)


async def _find(connection: AsyncConnection, names: Sequence[Name]) -> dict[Name, int]:
    found: dict[Name, int] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        wanted = [(site, *name.split("/", 1)) for site, name in names[start : start + _NAMES_AT_ONCE]]
        rows = await connection.execute(
            select(point.c.site_id, device.c.name, point.c.metric, point.c.id)
            .join(device, device.c.id == point.c.device_id)
            .where(tuple_(point.c.site_id, device.c.name, point.c.metric).in_(wanted))
        )
        found |= {(site, f"{name}/{metric}"): key for site, name, metric, key in rows}
    return found


async def _make(
    connection: AsyncConnection,
    missing: Sequence[Name],
    wanted: dict[Name, Point],
    organisations: dict[int, int],
    gateways: dict[Name, str],
    now: int,
) -> dict[Name, int]:
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    devices = sorted({(site, name.split("/", 1)[0]) for site, name in missing})
    await connection.execute(
        insert(device).on_conflict_do_nothing(),
        [{"organisation_id": organisations[site], "site_id": site, "name": name} for site, name in devices],
    )
    rows = await connection.execute(
        select(device.c.site_id, device.c.name, device.c.id).where(
            tuple_(device.c.site_id, device.c.name).in_(devices)
        )
    )
    device_ids = {(site, name): found for site, name, found in rows}
    await connection.execute(
        insert(point).on_conflict_do_nothing(),
        [
            {
                "organisation_id": organisations[site],
                "site_id": site,
                "device_id": device_ids[site, name.split("/", 1)[0]],
                "metric": name.split("/", 1)[1],
                "unit": wanted[site, name].unit,
                "interval_s": wanted[site, name].interval_s,
            }
            for site, name in missing
        ],
    )
    made = await _find(connection, missing)
    await connection.execute(
        insert(latest).on_conflict_do_nothing(),
        [{"point_id": made[name], "organisation_id": organisations[name[0]]} for name in missing],
    )
    await connection.execute(
        insert(point_owner).on_conflict_do_nothing(),
        [
            {
                "point_id": made[name],
                "since": now,
                "organisation_id": organisations[name[0]],
                "gateway_id": gateways[name],
            }
            for name in missing
        ],
    )
    return made
