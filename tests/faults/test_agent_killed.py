"""The agent: kill -9 at random moments under load, and again in the middle of an outage."""

import asyncio
import signal

import pytest

from tests.faults.case import Form, case
from tests.faults.community import community
from tests.faults.run import Run, with_runs
from tests.faults.ways import PAIRS, Way

KILLS = 4  # each round
LIVES_S = 1.5  # at most, between two kills
DRAIN_S = 60.0

pytestmark = pytest.mark.parametrize(("form", "way", "run"), with_runs(PAIRS))


async def test_the_agent_is_killed_under_load(form: Form, run: Run, way: Way) -> None:
    async with case(form, run, connected=False) as one:
        with way(one.system) as (_, cloud):
            async with community(one.system, cloud, past_h=0.1 * run.rounds) as agent:
                await agent.until_taken()
                for kills in range(1, 1 + KILLS * run.rounds):
                    await asyncio.sleep(one.chance.uniform(0.2, LIVES_S))  # a moment of its life
                    agent.process.send(signal.SIGKILL)
                    await agent.process.died(kills, 5)
                    await agent.process.started(1 + kills, 5)
                await agent.until_stored(one.system, DRAIN_S)
            await agent.judge(one.system)


async def test_the_agent_is_killed_in_an_outage(form: Form, run: Run, way: Way) -> None:
    async with case(form, run, connected=False) as one:
        with way(one.system) as (link, cloud):
            async with community(one.system, cloud, past_h=0.05) as agent:
                await agent.until_stored_some(one.system)
                link.refuse()
                for kills in range(1, 1 + KILLS * run.rounds):
                    await asyncio.sleep(one.chance.uniform(0.2, LIVES_S))  # a moment of the outage
                    agent.process.send(signal.SIGKILL)
                    await agent.process.died(kills, 5)
                    await agent.process.started(1 + kills, 5)
                link.pass_all()
                await agent.until_stored(one.system, DRAIN_S)
            await agent.judge(one.system)
