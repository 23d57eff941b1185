"""What a gateway says about itself, and in which order it counts."""

import msgspec
import pytest

from cloud.alerting.audience import AT_GATEWAY
from cloud.alerting.merge import merge_all
from cloud.ingest.state import hear
from cloud.store import acknowledgements, alerts, gateways, notifications, people
from cloud.store.database import Database
from cloud.store.gateways import GatewayRow
from protocol.acknowledgement import Acknowledgement
from protocol.messages import Birth, BreakerState, Death, Heartbeat, Queue, Result, Welcome
from protocol.told import Told
from tests.cloud.alerting.making import ORGANISATION, arrive, said
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


async def test_a_birth_hears_what_was_said_of_its_open_alerts(database: Database, site: int) -> None:
    await arrive(database, said("a"), said("b", point="flow-1/rate"))
    await merge_all(database, NOW)
    async with database.writing() as connection:
        row = await alerts.find(connection, ORGANISATION, "a")
        await acknowledgements.acknowledge(connection, row, "Asha", None, "", NOW)
    welcome, _ = await hear(database, GATEWAY, BIRTH, "incarnation", NOW)
    assert welcome
    assert welcome.acknowledgements == [Acknowledgement(alert="a", counter=1, by="Asha", at=NOW)]


async def test_what_was_acknowledged_at_the_gateway_is_kept(database: Database, site: int) -> None:
    await arrive(database, said("a"))
    await merge_all(database, NOW)
    said_there = [
        Acknowledgement(alert=key, counter=1, by="caretaker", at=at)
        for key, at in (("a", NOW - 5), ("x", NOW - 5))
    ]
    for now in (NOW, NOW + 60_000):
        welcome, _ = await hear(database, GATEWAY, birth(said_there), "i", now)
    other = [Acknowledgement(alert="a", counter=1, by="other", at=NOW)]
    await hear(database, GATEWAYS[1], birth(other), "i", NOW)
    async with database.reading() as connection:
        (seen,) = (await acknowledgements.of_alerts(connection, ["a"]))["a"]
    assert (seen.said, seen.gateway_id) == (said_there[0], GATEWAY)
    assert welcome
    assert welcome.acknowledgements == [said_there[0]]


async def test_what_a_clock_ahead_acknowledged_is_kept_once_and_as_of_now(
    database: Database, site: int
) -> None:
    await arrive(database, said("a"))
    await merge_all(database, NOW)
    ahead = [Acknowledgement(alert="a", counter=1, by="caretaker", at=NOW + 86_400_000)]
    for now in (NOW, NOW + 60_000):
        await hear(database, GATEWAY, birth(ahead), "i", now)
    async with database.reading() as connection:
        (seen,) = (await acknowledgements.of_alerts(connection, ["a"]))["a"]
    assert seen.said.at == NOW


async def test_who_was_told_at_the_gateway_is_noted_once(database: Database, site: int) -> None:
    here = Told(alert="a", person="Asha", action="sms", severity="warning", at=NOW - 5)
    stranger, early = (msgspec.structs.replace(here, **to) for to in ({"person": "Nobody"}, {"alert": "x"}))
    async with database.writing() as connection:
        await people.add(connection, ORGANISATION, "Asha", people.NO_PASSWORD, people.CONTACT, NOW)
    await arrive(database, said("a"))
    await merge_all(database, NOW)
    tells = msgspec.structs.replace(BIRTH, told=[here, stranger, early])
    for now in (NOW, NOW + 60_000):
        welcome, _ = await hear(database, GATEWAY, tells, "i", now)
        assert welcome
        assert welcome.told == [here, stranger]  # the other one's alert may still come
    other, _ = await hear(database, GATEWAYS[1], tells, "i", NOW)
    assert other
    assert other.told == []
    async with database.reading() as connection:
        (row,) = await notifications.of_alerts(connection, ["a"])
    assert (row.channel, row.address, row.state, row.subject) == (
        AT_GATEWAY,
        "sms",
        "delivered",
        "told by sms",
    )


def birth(said: list[Acknowledgement]) -> Birth:
    return msgspec.structs.replace(BIRTH, acknowledgements=said)
