"""F04: the broker is killed and comes back with nothing of what it had acknowledged."""

import asyncio

import pytest

from tests.faults.case import Form, case
from tests.faults.forms import SCALED
from tests.faults.run import RUNS, Run


@pytest.mark.parametrize("form", [SCALED])
@pytest.mark.parametrize("run", RUNS)
async def test_the_broker_is_killed(form: Form, run: Run) -> None:
    async with case(form, run) as one:
        broker = one.system.mosquitto
        assert broker is not None
        async with one.load():
            await one.until_under_way()
            for _ in range(run.rounds):
                await asyncio.to_thread(broker.kill)
                await one.look_for_early_receipts("after the broker was killed")
                await asyncio.sleep(run.outage_s)  # the outage itself
                await asyncio.to_thread(broker.start)
                await one.until_back(60)
        await one.judge()
        assert not any(worker.deaths for worker in one.system.workers), "a worker died with the broker"
