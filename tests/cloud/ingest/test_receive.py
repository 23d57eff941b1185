"""Receiving from a real mosquitto and from the embedded broker: what is published, and what comes back."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiomqtt
import pytest

from cloud.identity.access import Listener, Login, write_mosquitto
from cloud.ingest.broker import embedded_broker
from cloud.ingest.door import Door
from cloud.ingest.link import BrokerLogin
from cloud.ingest.receive import Receiver
from cloud.metrics import Metrics
from cloud.store import gateways
from cloud.store.database import Database
from protocol import codec, topics
from protocol.messages import Birth, Config, Down, Receipt, Refusal, Welcome
from tests import servers
from tests.cloud.ingest.making import GATEWAYS, LEVEL, NOW, SECRET, SECRET_HASH, at, batch, payload, stored
from tests.server import directory
from tests.waiting import until_async


@asynccontextmanager
async def mosquitto() -> AsyncIterator[tuple[BrokerLogin, servers.Mosquitto]]:
    """A broker with the passwords and the access list that evara-cloud writes for it."""
    login = Login("cloud", "the cloud's password")
    port = servers.free_port()
    with directory("mosquitto") as folder:
        listener = Listener(port, "127.0.0.1", None, None, False)
        write_mosquitto(folder, [listener], login, [(gateway, SECRET_HASH) for gateway in GATEWAYS])
        config = folder / "mosquitto.conf"
        if os.geteuid() == 0:
            # Else mosquitto leaves root's rights and can't read what only root may.
            config.write_text("user root\n" + config.read_text())
        with servers.mosquitto(config=config, port=port) as server:
            yield BrokerLogin("127.0.0.1", port, login.username, login.password), server


@pytest.fixture(params=["mosquitto", "embedded"])
async def login(request: pytest.FixtureRequest, database: Database, site: int) -> AsyncIterator[BrokerLogin]:
    opened = mosquitto() if request.param == "mosquitto" else embedded_broker(database)
    async with opened as found:
        yield found if isinstance(found, BrokerLogin) else found[0]


@asynccontextmanager
async def receiving(login: BrokerLogin, door: Door, worker: str = "one") -> AsyncIterator[Receiver]:
    receiver = Receiver(login, worker, door, Metrics())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(receiver.run())
        await until_async(lambda: receiver.trouble is None)
        yield receiver
        receiver.stop()
        async with asyncio.timeout(10):
            await running


@asynccontextmanager
async def gateway(login: BrokerLogin, name: str = GATEWAYS[0]) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(
        login.host, login.port, username=name, password=SECRET, identifier=name, timeout=5
    ) as client:
        await client.subscribe(topics.everything_down(name), qos=1)
        yield client


async def answer(client: aiomqtt.Client) -> Down:
    async with asyncio.timeout(10):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            return codec.decode(codec.decompress(message.payload))  # type: ignore[return-value]
    raise AssertionError("no message")


def up(channel: str, name: str = GATEWAYS[0]) -> str:
    return topics.topic(name, channel)


async def test_a_batch_is_receipted_to_its_sender(database: Database, door: Door, login: BrokerLogin) -> None:
    async with receiving(login, door), gateway(login) as client:
        await client.publish(up(topics.UP_BATCH), payload(batch(1, [(1, 2.5)])), qos=1)
        receipt = await answer(client)
        assert isinstance(receipt, Receipt)
        assert receipt.number == 1
        assert await stored(database) == {LEVEL.name: {at(1): 2.5}}


async def test_what_is_no_message_is_refused(door: Door, login: BrokerLogin) -> None:
    async with receiving(login, door), gateway(login) as client:
        await client.publish(up(topics.UP_BATCH), b"garbage", qos=1)
        refusal = await answer(client)
        assert isinstance(refusal, Refusal)
        assert refusal.digest == codec.digest(b"garbage")


async def test_json_is_answered_in_json(door: Door, login: BrokerLogin) -> None:
    async with receiving(login, door), gateway(login) as client:
        await client.publish(up(topics.UP_BATCH), codec.encode_json(batch(1, [(1, 2.5)])), qos=1)
        async with asyncio.timeout(10):
            message = await anext(aiter(client.messages))
        assert isinstance(message.payload, bytes)
        assert message.payload.startswith(b"{")


async def test_every_birth_is_welcomed(database: Database, door: Door, login: BrokerLogin) -> None:
    async with receiving(login, door), gateway(login) as client:
        await client.publish(up(topics.UP_BATCH), payload(batch(1)), qos=1)
        await answer(client)
        birth = Birth(epoch="epoch-1", session=4, versions={"evara": "0.1.0"})
        for _ in range(2):
            await client.publish(up(topics.UP_STATE), codec.encode(birth), qos=1)
            welcome = await answer(client)
            assert isinstance(welcome, Welcome)
            assert (welcome.session, welcome.mark) == (4, 1)


async def test_many_batches_of_two_gateways_all_come_back(
    database: Database, door: Door, login: BrokerLogin
) -> None:
    async def send(name: str, offset: float) -> set[int]:
        async with gateway(login, name) as client:
            for number in range(1, 41):
                message = batch(number, [(100 - number + offset, 1.0)])
                await client.publish(up(topics.UP_BATCH, name), payload(message), qos=1)
            return {(await answer(client)).number for _ in range(40)}  # type: ignore[union-attr]

    async with receiving(login, door):
        sent = await asyncio.gather(send(GATEWAYS[0], 0), send(GATEWAYS[1], 0.5))
    assert list(sent) == [set(range(1, 41))] * 2
    assert len((await stored(database))[LEVEL.name]) == 80


async def test_a_revoked_gateway_gets_no_receipt(database: Database, door: Door, login: BrokerLogin) -> None:
    async with receiving(login, door) as receiver, gateway(login) as client:
        async with database.writing() as connection:
            assert await gateways.revoke(connection, GATEWAYS[0], NOW)
        await client.publish(up(topics.UP_BATCH), payload(batch(1, [(1, 2.5)])), qos=1)
        # The other gateway's receipt shows that the batch before it was dealt with.
        async with gateway(login, GATEWAYS[1]) as other:
            await other.publish(up(topics.UP_BATCH, GATEWAYS[1]), payload(batch(1, [(2, 1.0)])), qos=1)
            await answer(other)
        receiver.stop()
        assert await stored(database) == {LEVEL.name: {at(2): 1.0}}


async def test_a_gateway_may_not_speak_for_another(
    database: Database, door: Door, login: BrokerLogin
) -> None:
    async with receiving(login, door), gateway(login) as client:
        await client.publish(up(topics.UP_BATCH, GATEWAYS[1]), payload(batch(1, [(9, 9.0)])), qos=1)
        await client.publish(up(topics.UP_BATCH), payload(batch(1, [(1, 1.0)])), qos=1)
        await answer(client)
        assert await stored(database) == {LEVEL.name: {at(1): 1.0}}


async def test_what_is_retained_is_handed_to_its_gateway_alone(door: Door, login: BrokerLogin) -> None:
    config = Config(incarnation="i1", version=1, digest="d", document="{}")
    async with receiving(login, door) as receiver, gateway(login, GATEWAYS[1]) as second:
        for name in GATEWAYS[:2]:
            assert receiver.publish(name, topics.DOWN_CONFIG, config, retain=True)
        await second.publish(up(topics.UP_BATCH, GATEWAYS[1]), payload(batch(1, [(1, 1.0)])), qos=1)
        assert await topics_until_receipt(second) == [topics.topic(GATEWAYS[1], topics.DOWN_CONFIG)]
        # Connecting while others listen, and asking for what is another's.
        async with gateway(login) as first:
            with suppress(aiomqtt.MqttError):
                await first.subscribe(topics.everything_down(GATEWAYS[1]), qos=1)
            await first.publish(up(topics.UP_BATCH), payload(batch(1, [(1, 1.0)])), qos=1)
            assert await topics_until_receipt(first) == [topics.topic(GATEWAYS[0], topics.DOWN_CONFIG)]


async def topics_until_receipt(client: aiomqtt.Client) -> list[str]:
    heard: list[str] = []
    async with asyncio.timeout(15):
        async for message in client.messages:
            if message.topic.value.endswith(topics.DOWN_RECEIPT):
                return heard
            heard.append(message.topic.value)
    raise AssertionError("the connection ended")


async def test_stopping_finishes_what_was_received(
    database: Database, door: Door, login: BrokerLogin
) -> None:
    async with gateway(login) as client:
        async with receiving(login, door) as receiver:
            for number in range(1, 11):
                await client.publish(up(topics.UP_BATCH), payload(batch(number, [(20 - number, 1.0)])), qos=1)
            receiver.stop()
        receipts = {(await answer(client)).number for _ in (await stored(database))[LEVEL.name]}  # type: ignore[union-attr]
        assert receipts <= set(range(1, 11))
        assert receipts


async def test_the_receiver_comes_back_after_the_broker(database: Database, door: Door, site: int) -> None:
    async with mosquitto() as (login, server), receiving(login, door) as receiver:
        server.kill()
        await until_async(lambda: receiver.trouble is not None)
        server.start()
        await until_async(lambda: receiver.trouble is None, 20)
        async with gateway(login) as client:
            await client.publish(up(topics.UP_BATCH), payload(batch(1, [(1, 2.5)])), qos=1)
            assert isinstance(await answer(client), Receipt)


async def test_a_frozen_broker_is_noticed_and_left(door: Door, site: int) -> None:
    async with mosquitto() as (login, server), receiving(login, door) as receiver:
        server.freeze()
        await until_async(lambda: receiver.trouble is not None, 20)
        server.thaw()
        await until_async(lambda: receiver.trouble is None, 30)


async def test_without_the_right_to_read_the_canary_holds_back_readiness(door: Door, site: int) -> None:
    async with mosquitto() as (login, _):
        # A gateway may write on its own topics, but not read them.
        stranger = BrokerLogin(login.host, login.port, GATEWAYS[0], SECRET)
        receiver = Receiver(stranger, "one", door, Metrics())
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(receiver.run())
            await until_async(
                lambda: "canary" in (receiver.trouble or "") and "right" in (receiver.trouble or ""), 20
            )
            receiver.stop()
            await running


async def test_two_workers_share_the_batches(database: Database, door: Door, site: int) -> None:
    async with (
        mosquitto() as (login, _),
        receiving(login, door, "one"),
        receiving(login, door, "two"),
        gateway(login) as client,
    ):
        for number in range(1, 21):
            await client.publish(up(topics.UP_BATCH), payload(batch(number, [(50 - number, 1.0)])), qos=1)
        receipts = [(await answer(client)).number for _ in range(20)]  # type: ignore[union-attr]
        # Each came to one of them: a batch that both had got would be receipted twice.
        assert sorted(receipts) == list(range(1, 21))
