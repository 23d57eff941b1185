"""A real agent on a real broker, killed again and again: nothing that was published with QoS 1 is missing."""

import asyncio
from pathlib import Path

from tests import agents
from tests.firmware_bridge.lan_broker import publisher
from tests.firmware_bridge.recorded import recorded
from tests.servers import Mosquitto
from tests.waiting import until_async

SOURCE = """
[[sources]]
kind = "mqtt_topics"
name = "lan"
broker = "{url}"
[[sources.devices]]
shape = "topics"
device = "oht-1"
fields = [{{ topic = "site/count", metric = "count" }}]
"""


async def test_a_killed_agent_is_sent_what_it_had_not_committed(
    mosquitto_server: Mosquitto, tmp_path: Path
) -> None:
    outbox = tmp_path / "outbox.db"
    sent = 0
    with agents.agent(tmp_path, sources=SOURCE.format(url=mosquitto_server.url)) as agent:
        async with publisher(mosquitto_server) as client:

            async def arrives() -> bool:
                await client.publish("site/count", b"0", qos=1)
                return bool(recorded(outbox, "oht-1/count"))

            await until_async(arrives, 30, "the agent hears the broker")
            for _ in range(3):
                for _ in range(100):
                    sent += 1
                    await client.publish("site/count", str(sent), qos=1)
                await asyncio.to_thread(agent.kill)
                for _ in range(20):
                    sent += 1
                    await client.publish("site/count", str(sent), qos=1)
                agent.start()

        def is_whole() -> bool:
            return set(range(sent + 1)) <= set(recorded(outbox, "oht-1/count"))

        await until_async(is_whole, 30, "everything is recorded")
