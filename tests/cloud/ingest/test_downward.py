"""Configurations and acknowledgements reach a gateway over MQTT, and what it answers is kept."""

import asyncio
from collections.abc import AsyncIterator

import aiomqtt
import pytest

from cloud.alerting import merge, rollout
from cloud.ingest.broker import embedded_broker
from cloud.ingest.door import Door
from cloud.ingest.link import BrokerLogin
from cloud.store import acknowledgements, alerts, rollouts, rules
from cloud.store.database import Database
from cloud.tasks.downward import send_down
from protocol import codec, topics
from protocol.messages import Command, Config, Message, Result
from protocol.rule import Kind, Rule, Scope
from tests.cloud.alerting.making import ORGANISATION, arrive, said
from tests.cloud.ingest.making import GATEWAYS, NOW
from tests.cloud.ingest.test_receive import gateway, mosquitto, receiving, up
from tests.waiting import until_async

RULE = Rule(id="low", scope=Scope(metric="level"), kind=Kind.THRESHOLD, threshold=0.5)


@pytest.fixture(params=["mosquitto", "embedded"])
async def broker(request: pytest.FixtureRequest, database: Database, site: int) -> AsyncIterator[BrokerLogin]:
    opened = mosquitto() if request.param == "mosquitto" else embedded_broker(database)
    async with opened as found:
        yield found if isinstance(found, BrokerLogin) else found[0]


async def heard(client: aiomqtt.Client, kind: type[Config | Command]) -> Message:
    """The next message of this kind."""
    async with asyncio.timeout(15):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            found = codec.decode(codec.decompress(message.payload))
            if isinstance(found, kind):
                return found
    raise AssertionError("the connection ended")


async def test_what_waits_goes_down_and_is_answered(
    database: Database, door: Door, broker: BrokerLogin
) -> None:
    async with database.writing() as connection:
        await rules.save_draft(connection, ORGANISATION, RULE, None, "Asha", NOW)
        await rules.publish(connection, ORGANISATION, "low", 1, NOW)
        await rollout.plan(connection, ORGANISATION, NOW)
    await arrive(database, said())
    await merge.merge_all(database, NOW)
    async with receiving(broker, door) as receiver, asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send_down(database, receiver, "i1", lambda: NOW))
        await until_async(lambda: is_in(database, "delivered"))
        async with gateway(broker) as client:  # it connects later: the configuration was retained
            config = await heard(client, Config)
            assert isinstance(config, Config)
            assert (config.incarnation, config.version) == ("i1", 1)
            assert codec.digest(config.document.encode()) == config.digest
            result = Result(command=f"config {config.digest}", ok=True)
            await client.publish(up(topics.UP_RESULT), codec.encode(result), qos=1)
            await until_async(lambda: is_in(database, "applied"))
            async with database.writing() as connection:
                row = await alerts.find(connection, ORGANISATION, "a")
                await acknowledgements.acknowledge(connection, row, "Asha", None, "", NOW)
            command = await heard(client, Command)
            assert isinstance(command, Command)
            assert command.arguments == {"alert": "a", "counter": "1", "by": "Asha", "at": str(NOW)}
            answer = Result(command=command.id, ok=True)
            await client.publish(up(topics.UP_RESULT), codec.encode(answer), qos=1)
            await until_async(lambda: is_heard(database))
        sending.cancel()


async def is_in(database: Database, state: str) -> bool:
    async with database.reading() as connection:
        rows = await rollouts.newest(connection, ORGANISATION)
    return [row.state for row in rows if row.gateway_id == GATEWAYS[0]] == [state]


async def is_heard(database: Database) -> bool:
    async with database.reading() as connection:
        return not await acknowledgements.unanswered(connection, GATEWAYS[0], NOW, 9)
