"""A real broker: what arrives, what was kept, what waited, and a broker that goes and comes back."""

import asyncio
import json

import pytest

from firmware_bridge.source import SourceError
from tests.firmware_bridge.lan_broker import listening, publisher, reaches, ready, source, values
from tests.firmware_bridge.taken import Taken
from tests.servers import Mosquitto, mosquitto
from tests.waiting import until_async

AT = 1_769_841_000_000
JSON = json.dumps({"at": AT // 1000, "level": 50}).encode()


async def test_every_message_is_a_reading_in_its_order(mosquitto_server: Mosquitto) -> None:
    taken = Taken()
    async with listening(source(mosquitto_server), taken), publisher(mosquitto_server) as client:
        await ready(client, taken)
        for number in range(1, 301):
            await client.publish("site/level", str(number), qos=1)
        await client.publish("site/level", b"full", qos=1)
        await client.publish("site/json", JSON, qos=1)
        await until_async(lambda: taken.readings[-1].point == "oht-2/level", what="the last of them")
    assert values(taken, "oht-1/level") == [number / 100 for number in range(1, 301)]
    assert [reading.at for reading in taken.readings if reading.point == "oht-2/level"] == [AT]
    assert [(reject.where, reject.reason) for reject in taken.rejects] == [
        ("site/level", "'full' is no number")
    ]
    times = [reading.at for reading in taken.readings if reading.point == "oht-1/level"]
    assert times == sorted(set(times))


async def test_a_retained_value_is_new_only_by_its_own_time() -> None:
    taken = Taken()
    with mosquitto() as broker:
        async with publisher(broker) as client:
            await client.publish("site/level", b"77", qos=1, retain=True)
            await client.publish("site/json", JSON, qos=1, retain=True)
        async with listening(source(broker), taken), publisher(broker) as client:
            await reaches(taken, 0.5)
            await client.publish("site/level", b"78", qos=1, retain=True)  # live: only its copy is retained
            await reaches(taken, 0.78)
    assert [(reading.point, reading.value) for reading in taken.readings] == [
        ("oht-2/level", 0.5),
        ("oht-1/level", 0.78),
    ]


async def test_what_was_published_while_the_agent_was_away_for_a_moment_is_not_lost(
    mosquitto_server: Mosquitto,
) -> None:
    taken = Taken()
    async with listening(source(mosquitto_server), taken), publisher(mosquitto_server) as client:
        await ready(client, taken)
    async with publisher(mosquitto_server) as client:
        for number in range(1, 51):
            await client.publish("site/level", str(number), qos=1)
    async with listening(source(mosquitto_server), taken):
        await reaches(taken, 0.5)
    assert values(taken, "oht-1/level") == [number / 100 for number in range(1, 51)]


async def test_what_was_not_committed_is_sent_again(mosquitto_server: Mosquitto) -> None:
    taken = Taken()
    async with listening(source(mosquitto_server), taken), publisher(mosquitto_server) as client:
        await ready(client, taken)
    broken = Taken(fail_at=1)
    broken.cursor = taken.cursor
    async with listening(source(mosquitto_server), broken) as task, publisher(mosquitto_server) as client:
        await client.publish("site/level", b"42", qos=1)
        await asyncio.wait([task], timeout=15)
        assert task.done()
        assert isinstance(task.exception(), ExceptionGroup)  # of Full
    async with listening(source(mosquitto_server), taken):
        await reaches(taken, 0.42)


async def test_a_broker_that_goes_away_and_comes_back() -> None:
    taken = Taken()
    with mosquitto() as broker:
        async with listening(source(broker), taken) as task:
            async with publisher(broker) as client:
                await ready(client, taken)
            broker.kill()
            await asyncio.wait([task], timeout=15)
            with pytest.raises(SourceError, match=r"is lost .*: it is made again by itself"):
                task.result()
        with pytest.raises(SourceError, match="refuses connections: check that the broker runs"):
            await source(broker).feed(taken.put, taken.cursor)
        broker.start()
        async with listening(source(broker), taken), publisher(broker) as client:
            taken.readings.clear()
            await ready(client, taken)
            await client.publish("site/level", b"5", qos=1)
            await reaches(taken, 0.05)


async def test_a_huge_message_is_not_taken_in(mosquitto_server: Mosquitto) -> None:
    taken = Taken()
    async with listening(source(mosquitto_server), taken) as task, publisher(mosquitto_server) as client:
        await ready(client, taken)
        await client.publish("site/level", b"1" * 5_000_000, qos=1)
        await client.publish("site/level", b"2" * 100_000, qos=1)
        await client.publish("site/level", b"3", qos=1)
        await reaches(taken, 0.03)
        assert not task.done()
    assert [reject.reason for reject in taken.rejects] == ["longer than 65536 bytes"]


async def test_two_gateways_with_one_configuration_both_hear(mosquitto_server: Mosquitto) -> None:
    one, other = Taken(), Taken()
    async with (
        listening(source(mosquitto_server), one),
        listening(source(mosquitto_server), other),
        publisher(mosquitto_server) as client,
    ):
        await ready(client, one)
        await ready(client, other)
        await client.publish("site/level", b"9", qos=1)
        await reaches(one, 0.09)
        await reaches(other, 0.09)


async def test_a_device_that_goes_offline_is_told(
    mosquitto_server: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    node = {
        "shape": "tasmota",
        "device": "pump-house",
        "node": "pump",
        "fields": [{"field": "DS18B20.Temperature", "metric": "temperature", "unit": "degC"}],
    }
    taken = Taken()
    caplog.set_level("INFO", "firmware_bridge.mqtt_topics.mqtt_topics")
    async with (
        listening(source(mosquitto_server, devices=[node]), taken),
        publisher(mosquitto_server) as client,
    ):

        async def is_told() -> bool:
            await client.publish("tele/pump/LWT", b"Offline", qos=1)
            return "lan: pump-house is Offline" in caplog.text

        await until_async(is_told, 15, "the device's end is told")
        await client.publish("tele/pump/SENSOR", b'{"DS18B20":{"Temperature":21.3}}')
        await reaches(taken, 21.3)
    assert len(taken.readings) == 1
