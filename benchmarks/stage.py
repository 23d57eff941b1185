"""Two things that benchmarks stand on: a cloud's database with gateways in it, and bare COPY beside it."""

import time
from collections.abc import Sequence

from sqlalchemy import text

from benchmarks import processes
from cloud.store import gateways, readings
from cloud.store.database import Database, open_database
from cloud.store.migrate import upgrade
from cloud.store.partitions import DAY_MS, Partitions
from protocol import codec
from protocol.messages import Batch
from tests.servers import Postgres

GROUP_BATCHES = 30  # of 200 readings: 6,000 rows in one transaction

Row = tuple[int, int, float | None, int, int]  # as in the table reading


async def open_stage(server: Postgres, count: int) -> Database:
    """A database with the whole schema and gateways gateway-0 and so on, each at a site of its own."""
    url = server.create_database("evara")
    await upgrade(url)
    database = await open_database(url)
    now = time.time_ns() // 1_000_000
    await Partitions(database).ensure(range(now // DAY_MS - 31, now // DAY_MS + 2), now)
    async with database.writing() as connection:
        await connection.execute(
            text("INSERT INTO organisation (id, name, created_at) VALUES (1, 'bench', 0)")
        )
        for number in range(count):
            await connection.execute(
                text(
                    "INSERT INTO site (id, organisation_id, name, zone, tags, offline_after_s, created_at)"
                    " VALUES (:id, 1, :name, 'Asia/Kolkata', '{}', 300, 0)"
                ),
                {"id": number + 1, "name": f"site {number}"},
            )
            await gateways.add(connection, f"gateway-{number}", 1, number + 1, "bench", "", now)
    return database


async def count_readings(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM reading"))).scalar_one())


def rows(group: Sequence[tuple[int, Batch]]) -> list[Row]:
    """The rows of a group of (gateway's place, batch), with an id for each gateway's point."""
    return [
        (place * 100 + series.point, at, value, 1, quality)
        for place, batch in group
        for series in batch.series
        for at, value, quality in zip(
            codec.times(series), codec.values(series), codec.qualities(series), strict=True
        )
    ]


async def copy(database: Database, some: list[Row]) -> float:
    """Bare COPY in a transaction of its own; the CPU seconds of this process."""
    before = processes.own_cpu_s()
    async with database.writing() as connection:
        await readings.insert(connection, some)
    return processes.own_cpu_s() - before
