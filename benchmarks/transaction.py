"""What the ingest transaction costs against bare COPY of the same rows into the same table, in CPU.

Two PostgreSQL servers with the same schema take the same groups by turns: one through sift and accept(), the
other by COPY. All processes of a server count, and this one's share.
"""

import asyncio
import time

from benchmarks import community, processes, stage
from benchmarks.result import Better, Result, Results
from cloud.ingest.commit import accept
from cloud.ingest.sift import sift
from cloud.ingest.write import Arrived
from cloud.store.database import Database
from cloud.store.incarnation import incarnation
from cloud.store.points import PointIds
from protocol import codec
from protocol.messages import Batch, Receipt
from tests import servers
from tests.servers import Postgres

GROUPS = 60
WARM_UP = 3  # groups that are not counted

Group = list[tuple[int, Batch, str]]  # gateway's place, batch, digest


def measure() -> Results:
    return asyncio.run(_measure(_groups()))


async def _measure(groups: list[Group]) -> Results:
    with servers.postgres() as accepting, servers.postgres() as copying:
        ours = await stage.open_stage(accepting, stage.GROUP_BATCHES)
        bare = await stage.open_stage(copying, stage.GROUP_BATCHES)
        try:
            return await _compare(groups, ours, accepting, bare, copying)
        finally:
            await ours.close()
            await bare.close()


async def _compare(
    groups: list[Group], ours: Database, accepting: Postgres, bare: Database, copying: Postgres
) -> Results:
    ids, name = PointIds(), await incarnation(ours)
    accept_s = copy_s = 0.0
    for number, group in enumerate(groups):
        if number == WARM_UP:
            accept_s, copy_s = -processes.cpu_s([accepting.pid]), -processes.cpu_s([copying.pid])
        accept_s += await _accept(ours, ids, name, group)
        copy_s += await stage.copy(bare, stage.rows([(place, batch) for place, batch, _ in group]))
    accept_s += processes.cpu_s([accepting.pid])
    copy_s += processes.cpu_s([copying.pid])
    taken = stage.GROUP_BATCHES * community.READINGS
    assert await stage.count_readings(ours) == await stage.count_readings(bare) == taken * len(groups)
    us = 1e6 / (taken * (len(groups) - WARM_UP))
    return {
        "ingest_transaction_vs_copy": Result(copy_s / accept_s, "ratio", Better.HIGHER, 1.0, 0.5),
        "ingest_transaction_cpu": Result(accept_s * us, "CPU µs a reading", Better.LOWER, copy_s * us),
    }


async def _accept(database: Database, ids: PointIds, name: str, group: Group) -> float:
    now = time.time_ns() // 1_000_000
    before = processes.own_cpu_s()
    arrived = [
        Arrived(f"gateway-{place}", batch, digest, b"", sift(batch, now)) for place, batch, digest in group
    ]
    outcome = await accept(database, ids, name, arrived, now)
    spent = processes.own_cpu_s() - before
    assert all(isinstance(answer, Receipt) for answer in outcome.answers)
    return spent


def _groups() -> list[Group]:
    """One batch of each gateway at a time, in the order in which they were measured."""
    points, taken = community.readings(GROUPS * community.READINGS)
    return [
        [(place, batch, codec.digest(codec.encode(batch))) for place in range(stage.GROUP_BATCHES)]
        for batch in community.batches(points, taken, "5f2c7c1e-8f0e-4a57-9d0b-2f6d1f1f9c01")
    ]
