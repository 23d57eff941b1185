"""200,000 unsealed readings: sealing costs what its batch costs, whatever waits behind it."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from edge_agent.outbox import unsealed
from edge_agent.outbox.store import Outbox, open_outbox
from protocol.messages import Lane, Receipt
from protocol.reading import Reading

AT = 1_700_000_000_000
MANY = 200_000


async def keep(outbox: Outbox, count: int) -> None:
    for first in range(0, count, 5_000):
        await outbox.append(
            "source",
            [Reading(f"d/m{n % 10}", AT + n * 100, n % 500 / 10) for n in range(first, first + 5_000)],
        )


async def send(outbox: Outbox, lane: Lane, limit: int) -> int:
    sealed = await outbox.seal(lane, limit)
    if sealed is None:
        return 0
    receipt = Receipt(epoch=sealed.epoch, number=sealed.number, digest=sealed.digest, incarnation="i", mark=0)
    await outbox.settle([receipt])
    return sealed.readings


async def seal_s(outbox: Outbox) -> float:
    """The shortest of a few: what it costs, not what else the machine does."""
    times = []
    for _ in range(20):
        began = time.perf_counter()
        assert await outbox.seal(Lane.BACKLOG, 200)
        times.append(time.perf_counter() - began)
    return min(times)


async def test_drains_in_flat_memory_and_time(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "few.db") as outbox:
        await keep(outbox, 5_000)
        assert await send(outbox, Lane.LIVE, 200) == 200
        of_few_s = await seal_s(outbox)
    async with open_outbox(tmp_path / "many.db") as outbox:
        await keep(outbox, MANY)
        assert await send(outbox, Lane.LIVE, 200) == 200
        assert await seal_s(outbox) < 3 * of_few_s + 0.005
        before = psutil.Process().memory_info().rss
        largest, left = before, MANY - 200 - 20 * 200
        while left:
            left -= await send(outbox, Lane.BACKLOG, 1_000)
            largest = max(largest, psutil.Process().memory_info().rss)
        assert largest - before < 8 * 2**20
        queue = await outbox.queue()
        assert (queue.readings, queue.backlog) == (20 * 200, 0)  # what seal_s left under way


@pytest.mark.parametrize("lane", [Lane.LIVE, Lane.BACKLOG])
async def test_a_lane_is_read_from_its_end(tmp_path: Path, lane: Lane) -> None:
    path = tmp_path / "outbox.db"
    async with open_outbox(path):
        pass
    with closing(sqlite3.connect(path)) as sql:
        plan = [row[3] for row in sql.execute(f"EXPLAIN QUERY PLAN {unsealed.TAKE[lane]}", (1, 200))]
    assert plan[0].startswith("SEARCH reading USING INTEGER PRIMARY KEY (rowid")
    assert not [step for step in plan if "B-TREE" in step or step.startswith("SCAN")]
