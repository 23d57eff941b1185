"""Batches and payloads as gateways send them, and what the database then holds."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from cloud.clock import clock
from cloud.identity.secrets import hash_secret
from cloud.ingest.commit import Outcome, accept
from cloud.ingest.door import Door
from cloud.ingest.intake import Intake
from cloud.ingest.sift import DAY_MS, sift
from cloud.ingest.write import Arrived
from cloud.metrics import Metrics
from cloud.store import gateways, sites
from cloud.store.database import Database
from cloud.store.incarnation import incarnation
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds
from cloud.store.tables.readings import latest, reading
from cloud.store.tables.sites import device, point
from protocol import codec
from protocol.messages import Batch
from protocol.reading import Point, Reading

NOW = 1_795_600_000_000  # 2026-11-25
GATEWAYS = ("amba-aaaa", "bela-bbbb")
SECRET = "a gateway's secret"
SECRET_HASH = hash_secret(SECRET)
LEVEL = Point("oht-1/level", "m", 60.0)
FLOW = Point("flow-1/rate", "L/min", 60.0)

Sample = tuple[float, float | None]  # minutes before NOW, value


def at(minutes_ago: float) -> int:
    return NOW - round(minutes_ago * 60_000)


def batch(
    number: int,
    samples: Iterable[Sample] = (),
    epoch: str = "epoch-1",
    points: Sequence[Point] = (LEVEL,),
    **rest: Any,
) -> Batch:
    """A batch of readings of the first of its points."""
    readings = [
        Reading(points[0].name, at(minutes), value, 0 if value is not None else 2)
        for minutes, value in samples
    ]
    return Batch(
        epoch=epoch,
        number=number,
        points=list(points),
        series=codec.pack(readings, points),
        **rest,
    )


def payload(message: Batch) -> bytes:
    return codec.compress(codec.encode(message))


def arrived(message: Batch, gateway: str = GATEWAYS[0], now: int = NOW) -> Arrived:
    body = codec.encode(message)
    return Arrived(gateway, message, codec.digest(body), body, sift(message, now))


async def commit(
    database: Database,
    *batches: Batch,
    gateway: str = GATEWAYS[0],
    now: int = NOW,
    ids: PointIds | None = None,
) -> Outcome:
    """Commit these batches as one group."""
    group = [arrived(message, gateway, now) for message in batches]
    return await accept(database, ids or PointIds(), "incarnation", group, now)


async def make_door(database: Database) -> Door:
    """The way in; who takes it runs `intake`."""
    life = await incarnation(database)
    intake = Intake(database, PointIds(), life, Metrics(), lambda sites: None, Partitions(database), clock)
    return Door(database, intake, life, lambda gateway: None, clock)


async def enter_site(database: Database) -> int:
    """A site with the gateways above; the days around NOW have partitions. Returns its id."""
    await Partitions(database).ensure(range(NOW // DAY_MS - 1, NOW // DAY_MS + 2), NOW)
    async with database.writing() as connection:
        organisation = await sites.first_organisation(connection, NOW)
        made = await sites.ensure(connection, organisation, "Rainbow", "Asia/Kolkata", NOW)
        for gateway in GATEWAYS:
            await gateways.add(connection, gateway, organisation, made, gateway, SECRET_HASH, NOW)
    return made


async def stored(database: Database) -> dict[str, dict[int, float | None]]:
    """Every reading there is: by point, the value by time. Fails if a row is there twice."""
    async with database.reading() as connection:
        rows = await connection.execute(
            select(device.c.name, point.c.metric, reading.c.at, reading.c.value)
            .join(point, point.c.id == reading.c.point_id)
            .join(device, device.c.id == point.c.device_id)
        )
        found: dict[str, dict[int, float | None]] = {}
        for name, metric, when, value in rows:
            of_point = found.setdefault(f"{name}/{metric}", {})
            assert when not in of_point, f"{name}/{metric} has two readings at {when}"
            of_point[when] = value
        return found


async def rows(database: Database, table: object, *columns: object) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        found = await connection.execute(select(*columns) if columns else select(table))  # type: ignore[call-overload]
        return [tuple(row) for row in found]


async def latest_of(database: Database) -> tuple[object, ...]:
    (row,) = await rows(database, latest, latest.c.at, latest.c.value, latest.c.quality, latest.c.received_at)
    return row
