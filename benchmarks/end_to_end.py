"""What broker → commit → receipt costs against bare COPY of the same rows, in CPU of all processes.

Gateways publish 200-reading batches with 32 under way, as agents with a backlog do; mosquitto, one ingest
worker and PostgreSQL count, the gateways do not. A second PostgreSQL takes the same rows by COPY.
"""

import asyncio
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks import community, processes, stage
from benchmarks.result import Better, Result, Results
from protocol import codec, topics
from protocol.messages import Batch, Receipt
from tests import clouds, servers
from tests.clouds import Gateway
from tests.waiting import until

GATEWAYS = 6
BATCHES = 150  # of each gateway
WINDOW = 32  # batches under way


def measure() -> Results:
    points, taken = community.readings(BATCHES * community.READINGS)
    batches = list(community.batches(points, taken, "5f2c7c1e-8f0e-4a57-9d0b-2f6d1f1f9c01"))
    parts = _path(batches)
    path_s = sum(parts.values())
    copy_s = asyncio.run(_copy(batches))
    us = 1e6 / (GATEWAYS * len(taken))
    return {
        "end_to_end_vs_copy": Result(copy_s / path_s, "ratio", Better.HIGHER, 1.0, 0.2),
        "end_to_end_cpu": Result(path_s * us, "CPU µs a reading", Better.LOWER, copy_s * us),
        **{
            f"end_to_end_cpu_{part}": Result(spent * us, "CPU µs a reading", Better.LOWER)
            for part, spent in parts.items()
        },
    }


def _path(batches: list[Batch]) -> dict[str, float]:
    """CPU seconds by what spent them."""
    payloads = [codec.compress(codec.encode(batch)) for batch in batches]
    with tempfile.TemporaryDirectory() as place, servers.postgres() as database, servers.redis() as redis:
        url = database.create_database("evara")
        with clouds.scaled(Path(place), url, redis, modes=("api", "ingest")) as cloud:
            gateways = [
                cloud.add_gateway(f"gateway {number}", f"site {number}") for number in range(GATEWAYS)
            ]
            assert cloud.broker is not None
            path = {"broker": cloud.broker.pid, "worker": cloud.ingesting[0].pid, "database": database.pid}
            before = {part: processes.cpu_s([pid]) for part, pid in path.items()}
            with ThreadPoolExecutor(GATEWAYS) as pool:
                list(pool.map(lambda one: _send(one, cloud.broker_port, payloads), gateways))
            spent = {part: processes.cpu_s([pid]) - before[part] for part, pid in path.items()}
        stored = int(database.sql("SELECT count(*) FROM reading", "evara"))
    assert stored == GATEWAYS * sum(len(series.values) for batch in batches for series in batch.series)
    return spent


def _send(gateway: Gateway, port: int, payloads: list[bytes]) -> None:
    """Publish everything as one gateway; returns with the last receipt."""
    room, done = threading.Semaphore(WINDOW), threading.Semaphore(0)

    def on_message(client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        answer = codec.decode(codec.decompress(bytes(message.payload)))
        if isinstance(answer, Receipt):
            room.release()
            done.release()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=gateway.id)
    client.username_pw_set(gateway.id, gateway.secret)
    client.on_message = on_message
    ready = threading.Event()
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        until(client.is_connected, 30, "the broker lets the gateway in")
        client.subscribe(topics.everything_down(gateway.id), 1)
        assert ready.wait(30)
        for payload in payloads:
            assert room.acquire(timeout=60)
            client.publish(topics.topic(gateway.id, topics.UP_BATCH), payload, 1)
        assert all(done.acquire(timeout=60) for _ in payloads)
    finally:
        client.disconnect()
        client.loop_stop()


async def _copy(batches: list[Batch]) -> float:
    with servers.postgres() as server:
        database = await stage.open_stage(server, 0)
        spent = -processes.cpu_s([server.pid])
        every = [(place, batch) for batch in batches for place in range(GATEWAYS)]
        for start in range(0, len(every), stage.GROUP_BATCHES):
            spent += await stage.copy(database, stage.rows(every[start : start + stage.GROUP_BATCHES]))
        spent += processes.cpu_s([server.pid])
        await database.close()
    return spent
