"""Who is told to stop in the very turn in which a broker answers stops, and does not wait for ever."""

import asyncio
import ssl
from collections.abc import Coroutine
from typing import Any

from edge_agent.action_kinds import Mqtt, Order
from edge_agent.config import Credential
from edge_agent.uplink.link import parse_address
from edge_agent.uplink.mqtt_link import open_mqtt
from protocol.topics import UP_STATE
from tests.edge_agent.site import GATEWAY, QUICK, SECRET
from tests.servers import Mosquitto

ORDER = Order(action="siren", state="on", alert="", rule="", point="", severity="")


async def is_stopped_at_the_answer(call: Coroutine[Any, Any, object]) -> bool:
    """Cancel it as soon as the answer that it waits for is there, before it has seen it."""
    known = asyncio.all_tasks()
    task = asyncio.create_task(call)
    answers: set[asyncio.Task[Any]] = set()
    while not any(answer.done() for answer in answers):
        await asyncio.sleep(0)
        answers |= asyncio.all_tasks() - known - {task}
    task.cancel()
    await asyncio.wait([task])
    return task.cancelled()


async def test_an_action(mosquitto_server: Mosquitto) -> None:
    action = Mqtt(name="siren", host="127.0.0.1", port=mosquitto_server.port, topic="relay/7")
    assert await is_stopped_at_the_answer(action.carry_out(ORDER))


async def test_the_uplink(broker: Mosquitto) -> None:
    credential = Credential(gateway=GATEWAY, secret=SECRET)
    address, trust = parse_address(broker.url), ssl.create_default_context()
    async with open_mqtt(address, credential, trust, b"", QUICK) as link:
        assert await is_stopped_at_the_answer(link.send(UP_STATE, b"x"))
