"""F01: a worker dies at each of the ten points, and all die at once."""

import asyncio
import signal

import pytest

from tests.faults.case import Form, case
from tests.faults.forms import FORMS
from tests.faults.run import RUNS, Run

POINTS = [
    "received", "decoded", "ledger_done", "copy_half", "copy_done", "before_commit", "commit_sent",
    "committed", "receipt_sent", "puback_sent",
]  # fmt: skip
COLD_S = 3.0  # all workers stay dead so long

pytestmark = [pytest.mark.parametrize("run", RUNS), pytest.mark.parametrize("form", FORMS)]


async def test_a_worker_is_killed_at_each_point(form: Form, run: Run) -> None:
    async with case(form, run) as one:
        points = [f"{point}:{one.chance.randint(1, run.passages)}" for point in POINTS * run.rounds]
        one.chance.shuffle(points)
        workers = one.system.workers
        async with one.load():
            await one.until_under_way()
            for number, worker in enumerate(workers):
                worker.fault_points.extend(points[number :: len(workers)])
                # The first death is by chance; every start after it is armed.
                worker.send(signal.SIGKILL)
            for number, worker in enumerate(workers):
                await worker.died(1 + len(points[number :: len(workers)]), 60 + 30.0 * len(points))
            await one.system.until_ready()
            await one.until_back(10)
        await one.until_counted()
        await one.judge()
        assert {worker.deaths[-1] for worker in workers} == {-signal.SIGKILL}


async def test_all_workers_are_killed_together(form: Form, run: Run) -> None:
    async with case(form, run) as one:
        async with one.load():
            await one.until_under_way()
            for worker in one.system.workers:
                worker.may_start.clear()
                worker.send(signal.SIGKILL)
            await asyncio.sleep(COLD_S)  # the outage itself
            for worker in one.system.workers:
                worker.may_start.set()
            await one.system.until_ready()
            await one.until_back(30)
        await one.judge()
