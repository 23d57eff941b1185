"""What the ingest transaction costs against bare COPY of the same rows into the same table, in CPU.

Two PostgreSQL servers with the same schema take the same groups by turns: one through sift and accept(), the
other by COPY. All processes of a server count, and this one's share.
"""

import asyncio
import time

from sqlalchemy import text

from benchmarks import community, processes
from benchmarks.result import Better, Result, Results
from cloud.ingest.commit import accept
from cloud.ingest.sift import sift
from cloud.ingest.write import Arrived
from cloud.store import gateways, readings
from cloud.store.database import Database, open_database
from cloud.store.incarnation import incarnation
from cloud.store.migrate import upgrade
from cloud.store.partitions import DAY_MS, Partitions
from cloud.store.points import PointIds
from protocol import codec
from protocol.messages import Batch, Receipt
from tests import servers
from tests.servers import Postgres

GATEWAYS = 30
GROUPS = 60  # of 30 batches: 6,000 rows each
WARM_UP = 3  # groups that are not counted

Row = tuple[int, int, float | None, int, int]
Group = list[tuple[str, Batch, str]]  # gateway, batch, digest


def measure() -> Results:
    return asyncio.run(_measure(_groups()))


async def _measure(groups: list[Group]) -> Results:
    with servers.postgres() as accepting, servers.postgres() as copying:
        ours, bare = await _open(accepting), await _open(copying)
        try:
            return await _compare(groups, ours, accepting, bare, copying)
        finally:
            await ours.close()
            await bare.close()


async def _compare(
    groups: list[Group], ours: Database, accepting: Postgres, bare: Database, copying: Postgres
) -> Results:
    ids, name = PointIds(), await incarnation(ours)
    spent_ours = spent_bare = 0.0
    counted = 0
    begun = (0.0, 0.0)
    for number, group in enumerate(groups):
        if number == WARM_UP:
            begun = processes.cpu_s([accepting.pid]), processes.cpu_s([copying.pid])
            spent_ours = spent_bare = 0.0
        now = time.time_ns() // 1_000_000
        before = processes.own_cpu_s()
        arrived = [Arrived(gateway, batch, digest, b"", sift(batch, now)) for gateway, batch, digest in group]
        outcome = await accept(ours, ids, name, arrived, now)
        spent_ours += processes.own_cpu_s() - before
        assert all(isinstance(answer, Receipt) for answer in outcome.answers)
        rows = _rows(arrived)
        before = processes.own_cpu_s()
        async with bare.writing() as connection:
            await readings.insert(connection, rows)
        spent_bare += processes.own_cpu_s() - before
        counted += len(rows) if number >= WARM_UP else 0
    spent_ours += processes.cpu_s([accepting.pid]) - begun[0]
    spent_bare += processes.cpu_s([copying.pid]) - begun[1]
    assert await _stored(ours) == await _stored(bare) == GATEWAYS * GROUPS * community.READINGS
    return {
        "ingest_transaction_vs_copy": Result(spent_bare / spent_ours, "ratio", Better.HIGHER, 1.0, 0.5),
        "ingest_transaction_cpu": Result(
            spent_ours / counted * 1e6, "CPU µs a reading", Better.LOWER, spent_bare / counted * 1e6
        ),
    }


def _groups() -> list[Group]:
    """One batch of each gateway at a time, in the order in which they were measured."""
    points, taken = community.readings(GROUPS * community.READINGS)
    batches = list(community.batches(points, taken, "5f2c7c1e-8f0e-4a57-9d0b-2f6d1f1f9c01"))
    digests = [codec.digest(codec.encode(batch)) for batch in batches]
    return [
        [(f"gateway-{number}", batch, digest) for number in range(GATEWAYS)]
        for batch, digest in zip(batches, digests, strict=True)
    ]


def _rows(group: list[Arrived]) -> list[Row]:
    """The rows of a group, with a point id for each gateway's point."""
    return [
        (place * 100 + number, at, value, 1, quality)
        for place, arrived in enumerate(group)
        for number, column in enumerate(arrived.sifted.columns)
        for at, value, quality in zip(column.times, column.values, column.qualities, strict=True)
    ]


async def _open(server: Postgres) -> Database:
    url = server.create_database("evara")
    await upgrade(url)
    database = await open_database(url)
    now = time.time_ns() // 1_000_000
    await Partitions(database).ensure(range(now // DAY_MS - 31, now // DAY_MS + 2), now)
    async with database.writing() as connection:
        await connection.execute(
            text("INSERT INTO organisation (id, name, created_at) VALUES (1, 'bench', 0)")
        )
        for number in range(GATEWAYS):
            await connection.execute(
                text(
                    "INSERT INTO site (id, organisation_id, name, zone, tags, offline_after_s, created_at)"
                    " VALUES (:id, 1, :name, 'Asia/Kolkata', '{}', 300, 0)"
                ),
                {"id": number + 1, "name": f"site {number}"},
            )
            await gateways.add(connection, f"gateway-{number}", 1, number + 1, "bench", "", now)
    return database


async def _stored(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM reading"))).scalar_one())
