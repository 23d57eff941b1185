"""How a simulated gateway reaches the cloud: MQTT or HTTPS, connecting again for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiomqtt
import httpx

from protocol import codec, topics
from protocol.backoff import delays
from protocol.messages import Answer, Message
from tests.faults.gateways import Gateway
from tests.waiting import until_async

_TIMEOUT_S = 5.0
BIRTH_S = 2.0  # without a Welcome, then it asks again
DEAF_S = 15.0  # without a word while batches wait, then it connects anew

Connection = Callable[[Gateway], Awaitable[None]]


async def stay_connected(gateway: Gateway, connection: Connection) -> None:
    """Run `connection` again whenever it breaks."""
    waits = delays(0.2, 2.0)
    while True:
        try:
            await connection(gateway)
        except* (aiomqtt.MqttError, httpx.HTTPError, OSError, TimeoutError):
            pass
        await asyncio.sleep(next(waits))


def mqtt(port: int) -> Connection:
    """Through a broker on this machine, with the gateway's own credential."""

    async def connection(gateway: Gateway) -> None:
        async with aiomqtt.Client(
            "127.0.0.1",
            port,
            username=gateway.name,
            password=gateway.secret,
            identifier=gateway.name,
            keepalive=10,
            timeout=_TIMEOUT_S,
        ) as client:
            await client.subscribe(topics.everything_down(gateway.name), qos=1)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_hear(gateway, client), name=f"{gateway.name} hears")
                tasks.create_task(_deliver(gateway, client), name=f"{gateway.name} delivers")
                tasks.create_task(_listen_for_silence(gateway), name=f"{gateway.name} listens for silence")

    return connection


def https(base: str) -> Connection:
    """Straight to the cloud; `base` is its address."""

    async def connection(gateway: Gateway) -> None:
        async with httpx.AsyncClient(
            base_url=base, auth=(gateway.name, gateway.secret), timeout=_TIMEOUT_S
        ) as client:

            async def publish(payload: bytes) -> list[Message]:
                response = await client.post("/api/v1/ingest", content=payload)
                response.raise_for_status()
                answer = codec.decode(codec.decompress(response.content))
                assert isinstance(answer, Answer)
                return list(answer.messages)

            for message in await publish(gateway.birth()):
                gateway.hear(message)
            await gateway.deliver(publish)

    return connection


async def _hear(gateway: Gateway, client: aiomqtt.Client) -> None:
    async for message in client.messages:
        assert isinstance(message.payload, bytes)
        gateway.hear(codec.decode(codec.decompress(message.payload)))


async def _listen_for_silence(gateway: Gateway) -> None:
    """A broker may take everything and give nothing back: a session that another box took over and lost."""
    since_s = time.monotonic()
    while True:
        await asyncio.sleep(1)
        silent_s = time.monotonic() - max(since_s, gateway.heard_s)
        if gateway.waiting and silent_s > DEAF_S:
            raise TimeoutError(f"{gateway.name} hears nothing")


async def _deliver(gateway: Gateway, client: aiomqtt.Client) -> None:
    topic = topics.topic(gateway.name, topics.UP_BATCH)
    welcomes = gateway.welcomes
    # As the agent does: nothing but its birth until the cloud is known to listen.
    while gateway.welcomes == welcomes:
        await client.publish(topics.topic(gateway.name, topics.UP_STATE), gateway.birth(), qos=1)
        with suppress(TimeoutError):
            await until_async(lambda: gateway.welcomes > welcomes, BIRTH_S)

    async def publish(payload: bytes) -> list[Message]:
        await client.publish(topic, payload, qos=1)
        return []

    await gateway.deliver(publish)
