"""The agent on links that other gateways lose by: a stall that ends in a reset, a broker that refuses."""

import asyncio

import pytest

from protocol import topics
from tests.faults.case import Form, case
from tests.faults.community import community
from tests.faults.forms import FORMS, SCALED
from tests.faults.run import LARGE, RUNS, SMALL, Run
from tests.faults.ways import PAIRS, Way, over_mqtt
from tests.framing import mqtt_packets, mqtt_topic
from tests.proxy import Way as Direction

DRAIN_S = 120.0  # the agent's own back-off and time-outs included
STALLS = [
    pytest.param(SMALL, 15.0, id=f"seed-{SMALL.seed}-15s"),
    # Not scaled: a well-known gateway loses 1,488 of 1,501 readings here.
    pytest.param(LARGE[0], 150.0, id="150s", marks=pytest.mark.long),
]
REFUSALS = [
    pytest.param(SMALL, 5.0, id=f"seed-{SMALL.seed}-5s"),
    *(pytest.param(run, 30.0, id=f"seed-{run.seed}-30s", marks=pytest.mark.long) for run in LARGE),
]


@pytest.mark.parametrize(("form", "way"), PAIRS[:2])
@pytest.mark.parametrize(("run", "stall_s"), STALLS)
async def test_the_link_stalls_and_is_reset(form: Form, run: Run, stall_s: float, way: Way) -> None:
    async with case(form, run, connected=False) as one:
        with way(one.system) as (link, cloud):
            async with community(one.system, cloud, past_h=0.01, every_s=1.0) as agent:
                await agent.until_stored_some(one.system)
                link.stall()
                await asyncio.sleep(stall_s)  # the stall itself
                link.reset()
                link.pass_all()
                await agent.until_stored(one.system, DRAIN_S)
            await agent.judge(one.system)


@pytest.mark.parametrize("form", [SCALED])
@pytest.mark.parametrize(("run", "refuse_s"), REFUSALS)
async def test_the_broker_refuses(form: Form, run: Run, refuse_s: float) -> None:
    async with case(form, run, connected=False) as one:
        with over_mqtt(one.system) as (link, cloud):
            link.refuse()
            async with community(one.system, cloud, past_h=0.01, every_s=1.0) as agent:
                await agent.until_taken()
                await asyncio.sleep(refuse_s)  # the refusal itself
                link.pass_all()
                await agent.until_stored(one.system, DRAIN_S)
                link.refuse()
                await asyncio.sleep(refuse_s)  # and once more, with a session that had worked
                link.pass_all()
                await agent.until_stored(one.system, DRAIN_S)
            await agent.judge(one.system)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("run", RUNS)
async def test_receipts_of_the_agent_are_lost(form: Form, run: Run) -> None:
    """F14 for the real agent: half of the receipts, then all for a while, vanish on the link."""
    async with case(form, run, connected=False) as one:
        with over_mqtt(one.system) as (link, cloud):
            share = [0.5]

            def keep(packet: bytes) -> bool:
                topic = mqtt_topic(packet)
                is_receipt = topic is not None and topic.endswith(topics.DOWN_RECEIPT)
                return not is_receipt or one.chance.random() >= share[0]

            async with community(one.system, cloud, past_h=0.02) as agent:
                await agent.until_stored_some(one.system)
                link.keep_if(keep, Direction.DOWN, mqtt_packets)
                await asyncio.sleep(2 * run.outage_s)  # half of them for a while
                share[0] = 1.0
                await asyncio.sleep(4 * run.outage_s)  # then all
                link.pass_all()
                await agent.until_stored(one.system, DRAIN_S)
                await agent.until_settled(DRAIN_S)
            await agent.judge(one.system)
