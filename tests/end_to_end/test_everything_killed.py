"""Everything is killed at once and started again: nothing lost, nothing doubled."""

import asyncio
import signal

import pytest

from tests.faults.case import Form, case
from tests.faults.community import community
from tests.faults.run import Run, with_runs
from tests.faults.ways import PAIRS, Way

LIVES_S = 3.0  # at most, between two failures
DRAIN_S = 90.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("form", "way", "run"), with_runs(PAIRS))
async def test_everything_is_killed_at_once(form: Form, run: Run, way: Way) -> None:
    async with case(form, run, connected=False) as one:
        system = one.system
        servers = [server for server in (system.postgres, system.mosquitto, system.redis) if server]
        with way(system) as (_, cloud):
            async with community(system, cloud, past_h=0.05) as agent:
                await agent.until_stored_some(system)
                everybody = [*system.processes, agent.process]
                for process in everybody:
                    process.on_death = _nothing
                for _ in range(2 * run.rounds):
                    await asyncio.sleep(one.chance.uniform(0.5, LIVES_S))  # a moment of their lives
                    for process in everybody:
                        process.may_start.clear()
                        if process.is_alive:
                            process.send(signal.SIGKILL)
                    for server in servers:
                        await asyncio.to_thread(server.kill)
                    for server in servers:
                        await asyncio.to_thread(server.start)
                    for process in everybody:
                        process.may_start.set()
                await agent.until_stored(system, DRAIN_S)
            await agent.judge(system)


async def _nothing(_: object) -> None:
    """The database may be down: there is nothing to look at."""
