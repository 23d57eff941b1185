"""A source on a real broker, and somebody who publishes there."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec

from firmware_bridge.mqtt_topics.mqtt_topics import MqttTopics
from tests.firmware_bridge.taken import Taken
from tests.servers import Mosquitto
from tests.waiting import until_async

DEVICES = [
    {
        "shape": "topics",
        "device": "oht-1",
        "fields": [{"topic": "site/level", "metric": "level", "unit": "cm"}],
    },
    {
        "shape": "topics",
        "device": "oht-2",
        "time_key": "at",
        "fields": [{"topic": "site/json", "field": "level", "metric": "level", "unit": "cm"}],
    },
]


def source(broker: Mosquitto, **settings: Any) -> MqttTopics:
    plain = {"kind": "mqtt_topics", "name": "lan", "broker": broker.url, "devices": DEVICES}
    return msgspec.convert(plain | settings, MqttTopics)


@asynccontextmanager
async def publisher(broker: Mosquitto, authority: Path | None = None) -> AsyncIterator[aiomqtt.Client]:
    trust = ssl.create_default_context(cafile=authority) if authority else None
    async with aiomqtt.Client("127.0.0.1", broker.port, tls_context=trust) as client:
        yield client


@asynccontextmanager
async def listening(source: MqttTopics, taken: Taken) -> AsyncIterator["asyncio.Task[None]"]:
    """The source runs from the cursor that was committed last; ends as a stopping agent ends it."""
    task = asyncio.create_task(source.feed(taken.put, taken.cursor))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def ready(client: aiomqtt.Client, taken: Taken) -> None:
    """Wait until what is published arrives: the source is subscribed."""

    async def arrives() -> bool:
        await client.publish("site/level", b"0", qos=1)
        return bool(taken.readings)

    await until_async(arrives, 15, "the source hears the broker")


async def reaches(taken: Taken, value: float) -> None:
    await until_async(lambda: any(reading.value == value for reading in taken.readings), 15, f"{value}")


def values(taken: Taken, point: str) -> list[float | None]:
    """Of one point, without those that `ready` sent."""
    return [reading.value for reading in taken.readings if reading.point == point and reading.value != 0]
