"""What a gateway says about itself, and in which order it counts."""

import msgspec
import pytest

from cloud.ingest.state import hear
from cloud.store import gateways
from cloud.store.database import Database
from cloud.store.gateways import GatewayRow
from protocol.messages import Birth, BreakerState, Death, Heartbeat, Queue, Result, Welcome
from tests.cloud.ingest.making import GATEWAYS, NOW, batch, commit

GATEWAY = GATEWAYS[0]
BIRTH = Birth(
    epoch="e1",
    session=3,
    at=NOW + 1500,
    versions={"evara": "0.1.0"},
    heartbeat_s=30.0,
    seal_every_s=5.0,
    queue=Queue(readings=12, backlog=7, oldest_at=NOW - 9, parked=1),
    breakers=[BreakerState("ts", "open")],
)


async def say(database: Database, *messages: Birth | Heartbeat | Death | Result) -> GatewayRow:
    for offset, message in enumerate(messages):
        await hear(database, GATEWAY, message, "incarnation", NOW + offset)
    async with database.reading() as connection:
        row = await gateways.find(connection, GATEWAY)
    assert row is not None
    return row


async def test_a_birth_is_noted_and_welcomed(database: Database, site: int) -> None:
    await commit(database, batch(1, epoch="e1"))
    answer = await hear(database, GATEWAY, BIRTH, "incarnation", NOW)
    welcome = Welcome(epoch="e1", session=3, server_time=NOW, incarnation="incarnation", mark=1)
    assert answer == (welcome, True)
    row = await say(database)
    assert (row.version, row.heartbeat_s, row.clock_offset_ms, row.last_contact_at) == (
        "0.1.0",
        30.0,
        1500,
        NOW,
    )
    assert (row.backlog_readings, row.backlog_oldest_at, row.parked) == (7, NOW - 9, 1)
    assert row.breakers == [("ts", "open")]


def beat(session: int, counter: int, backlog: int, epoch: str = "e1") -> Heartbeat:
    return Heartbeat(
        epoch=epoch, session=session, counter=counter, queue=Queue(backlog=backlog, oldest_at=NOW)
    )


ORDERS = [
    pytest.param([BIRTH, beat(3, 1, 5)], 5, False, id="a heartbeat is news"),
    pytest.param([BIRTH, beat(3, 2, 5), beat(3, 1, 9)], 5, False, id="an older heartbeat is none"),
    pytest.param([BIRTH, beat(2, 9, 5)], 7, False, id="nor one of an older session"),
    pytest.param([BIRTH, beat(1, 1, 5, "e0")], 7, False, id="nor one of an older session and another epoch"),
    pytest.param([BIRTH, beat(3, 1, 5, "e2")], 5, False, id="a new epoch goes on with the session"),
    pytest.param(
        [BIRTH, msgspec.structs.replace(BIRTH, epoch="new", session=1, queue=Queue())],
        0,
        False,
        id="a new outbox begins again, with a birth",
    ),
    pytest.param([BIRTH, Death(epoch="e1", session=3)], 7, True, id="a will"),
    pytest.param(
        [BIRTH, Death(epoch="e1", session=2)], 7, False, id="the will of a connection that was taken over"
    ),
    pytest.param([BIRTH, Death(epoch="e1", session=3), beat(3, 5, 4)], 4, False, id="who speaks is not dead"),
]


@pytest.mark.parametrize(("messages", "backlog", "dead"), ORDERS)
async def test_order(
    database: Database, site: int, messages: list[Birth | Heartbeat | Death], backlog: int, dead: bool
) -> None:
    row = await say(database, *messages)
    assert (row.backlog_readings, row.dead) == (backlog, dead)


async def test_a_will_is_no_contact_and_a_farewell_is_one(database: Database, site: int) -> None:
    assert (await say(database, BIRTH, Death(epoch="e1", session=3))).last_contact_at == NOW
    assert (
        await say(database, BIRTH, Death(epoch="e1", session=3, farewell=True))
    ).last_contact_at == NOW + 1


async def test_a_revoked_gateway_is_not_heard(database: Database, site: int) -> None:
    async with database.writing() as connection:
        await gateways.revoke(connection, GATEWAY, NOW)
    assert await hear(database, GATEWAY, BIRTH, "incarnation", NOW) == (None, False)


async def test_the_answer_to_a_command_is_a_contact(database: Database, site: int) -> None:
    assert (await say(database, Result(command="c", ok=True))).last_contact_at == NOW
