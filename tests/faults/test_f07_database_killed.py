"""F07a: the database is killed again and again; on SQLite that is the process itself."""

import asyncio
import signal

import pytest

from tests.faults.case import Case, Form, case
from tests.faults.forms import EMBEDDED, SCALED
from tests.faults.run import RUNS, Run

KILLS = 3  # each round
GROWTH_BYTES = 60 << 20  # I7: what a worker may grow by; it stops reading instead of buffering


@pytest.mark.parametrize("form", [SCALED])
@pytest.mark.parametrize("run", RUNS)
async def test_postgres_is_killed_in_a_loop(form: Form, run: Run) -> None:
    async with case(form, run) as one:
        async with one.load():
            await one.until_under_way()
            before = {worker.name: worker.resident_bytes() for worker in one.system.workers}
            for _ in range(KILLS * run.rounds):
                await _kill_postgres(one)
            for worker in one.system.workers:
                grown = worker.resident_bytes() - before[worker.name]
                assert grown < GROWTH_BYTES, f"I7: {worker.name} grew by {grown >> 20} MiB"
            await one.until_back(60)
        await one.until_counted()
        await one.judge()
        assert not any(worker.deaths for worker in one.system.workers), "a worker died with the database"


async def _kill_postgres(one: Case) -> None:
    """I3 is judged by the recovered database, before any gateway may send again."""
    server = one.system.postgres
    assert server is not None
    await asyncio.sleep(one.chance.uniform(0.2, one.run.outage_s))  # a moment of the load
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(one.chance.uniform(0, one.run.outage_s))  # the outage itself
    for gateway in one.gateways:
        gateway.may_send.clear()
    await asyncio.to_thread(server.start)
    await one.look_for_early_receipts("after PostgreSQL was killed")
    for gateway in one.gateways:
        gateway.may_send.set()


@pytest.mark.parametrize("form", [EMBEDDED])
@pytest.mark.parametrize("run", RUNS)
async def test_the_embedded_cloud_is_killed_in_a_loop(form: Form, run: Run) -> None:
    async with case(form, run) as one:
        (process,) = one.system.workers
        async with one.load():
            await one.until_under_way()
            for kills in range(1, 1 + KILLS * run.rounds):
                await one.system.until_ready()
                await asyncio.sleep(one.chance.uniform(0.1, run.outage_s))  # a moment of the load
                process.send(signal.SIGKILL)
                await process.died(kills, 5)
            await one.until_back(60)
        await one.judge()
