"""Who is told when somebody is away, out of their hours or out of reach; and when an acknowledgement ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import delete, select

from cloud.alerting import merge, own, tell
from cloud.alerting.deliver import Deliverer
from cloud.alerting.naming import GATEWAY_OFFLINE
from cloud.metrics import Metrics
from cloud.senders.log import Log
from cloud.senders.sender import Answer, Message, SendError
from cloud.store import acknowledgements, alerts, maintenance, routes
from cloud.store.database import Database
from cloud.store.maintenance import Window
from cloud.store.routes import Address, Person
from cloud.store.tables.notifying import address, notification
from cloud.store.transitions import Place
from protocol.hours import Hours
from protocol.rule import Severity
from tests.cloud.alerting.making import ORGANISATION, minute_at, said
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import GATEWAYS
from tests.waiting import until_async

SPEAKING = GATEWAYS[:1]
HOUR = 60
STRIDE_MS = 600_000


async def reach(town: Town, person: int, *ways: tuple[str, str]) -> None:
    """By these ways, and no others."""
    async with town.database.writing() as connection:
        await connection.execute(delete(address).where(address.c.person_id == person))
        for channel, value in ways:
            one = Address(person_id=person, channel=channel, value=value)
            await routes.save_address(connection, ORGANISATION, one)


async def send_away(town: Town, person: int, deputy: int | None = None) -> None:
    gone = Person(
        id=person,
        name="",
        language="en",
        away_from=minute_at(-100),
        away_to=minute_at(10_000),
        deputy_id=deputy,
    )
    async with town.database.writing() as connection:
        await routes.save_person(connection, ORGANISATION, gone)


async def make_last_resort(town: Town) -> int:
    boss = await town.add_person("Boss", listens=False)
    async with town.database.writing() as connection:
        await routes.set_last_resort(connection, ORGANISATION, boss)
    return boss


async def told(town: Town) -> list[tuple[str, str]]:
    return [(person, occasion) for person, occasion, _ in await town.messages()]


async def rows(town: Town, *columns: str) -> list[tuple[object, ...]]:
    async with town.database.reading() as connection:
        wanted = [notification.c[name] for name in columns]
        found = await connection.execute(select(*wanted).order_by(notification.c.id))
        return [tuple(row) for row in found]


async def test_a_deputy_is_told_where_they_are_reached(database: Database, site: int) -> None:
    town = Town(database)
    deputy = await town.add_person("Deputy", listens=False)
    await reach(town, deputy, ("sms", "+911"))
    await send_away(town, await town.add_person("Asha", channels=["mail"]), deputy)
    await town.arrives(said())
    await town.until(5, SPEAKING)
    assert await rows(town, "person_id", "channel") == [(deputy, "sms")]


@pytest.mark.parametrize("deputy", ["none", "whom nothing reaches"])
async def test_who_is_away_alone_is_written_down_and_the_last_resort_told(
    database: Database, site: int, deputy: str
) -> None:
    town = Town(database)
    await make_last_resort(town)
    stand_in = await town.add_person("Deputy", listens=False)
    await reach(town, stand_in)
    await send_away(town, await town.add_person("Asha"), stand_in if deputy != "none" else None)
    await town.arrives(said("warned"), said("urgent", rule="other", severity=Severity.CRITICAL))
    await town.until(5, SPEAKING)
    assert await told(town) == [("Boss", "page")]
    assert "filtered" in await town.reasons("warned")
    assert "filtered" in await town.reasons("urgent")


async def test_the_minutes_run_from_when_the_deputy_was_told(database: Database, site: int) -> None:
    town = Town(database)
    following = await town.add_route(await town.add_person("Next", listens=False), stand_by=True)
    deputy = await town.add_person("Deputy", listens=False)
    await send_away(town, await town.add_person("Asha", escalate_after_s=600, next_id=following), deputy)
    await town.arrives(said())
    await town.until(9, SPEAKING)
    assert await told(town) == [("Deputy", "page")]
    await town.until(30, SPEAKING)
    assert await told(town) == [("Deputy", "page"), ("Next", "escalation")]


async def test_an_escalation_heeds_what_its_routes_ask_for(database: Database, site: int) -> None:
    town = Town(database)
    boss = await town.add_person("Boss", listens=False)
    urgent = await town.add_route(boss, stand_by=True, min_severity=Severity.CRITICAL)
    by_day = await town.add_route(boss, stand_by=True, hours=Hours("06:00", "14:00"))
    await town.add_person("Asha", escalate_after_s=600, next_id=urgent)
    await town.add_person("Ravi", escalate_after_s=600, next_id=by_day)
    await town.arrives(said())  # a warning, at 15:16 there
    await town.until(HOUR, SPEAKING)
    assert await told(town) == [("Asha", "page"), ("Ravi", "page")]
    await town.until(15 * HOUR, SPEAKING, STRIDE_MS)
    assert ("Boss", "escalation") in await told(town)


async def test_an_escalation_goes_to_who_stands_in(database: Database, site: int) -> None:
    town = Town(database)
    deputy = await town.add_person("Deputy", listens=False)
    boss = await town.add_person("Boss", listens=False)
    following = await town.add_route(boss, stand_by=True)
    await send_away(town, boss, deputy)
    await town.add_person("Asha", escalate_after_s=600, next_id=following)
    await town.arrives(said())
    await town.until(30, SPEAKING)
    assert await told(town) == [("Asha", "page"), ("Deputy", "escalation")]


async def test_when_an_acknowledgement_ends_repeats_and_escalation_go_on(
    database: Database, site: int
) -> None:
    town = Town(database)
    following = await town.add_route(await town.add_person("Next", listens=False), stand_by=True)
    await town.add_person("Asha", escalate_after_s=1200, next_id=following)
    await town.arrives(said())
    await town.until(5, SPEAKING)
    async with database.writing() as connection:
        row = await alerts.find(connection, ORGANISATION, "a")
        await acknowledgements.acknowledge(connection, row, "Asha", minute_at(60), "", town.now)
        await tell.touch(connection, ORGANISATION, row.site_id, town.now)
    await town.until(59, SPEAKING)
    assert await told(town) == [("Asha", "page")]
    await town.until(62, SPEAKING)
    assert await told(town) == [("Asha", "page"), ("Next", "escalation")]
    await town.until(5 * HOUR, SPEAKING, STRIDE_MS)
    assert ("Asha", "repeat") in await told(town)


async def test_repeats_wait_for_the_morning_unless_it_is_critical(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person("Asha", hours=Hours("06:00", "22:00"))
    await town.arrives(said())
    await town.until(16 * HOUR, SPEAKING, STRIDE_MS)
    sent = await rows(town, "occasion", "created_at")
    repeats = [(int(str(at)) - minute_at(0)) // 3_600_000 for what, at in sent if what == "repeat"]
    assert repeats == [4, 14]  # from 15:16 on: at 19:16, and when the hours begin again, at 06:00


async def test_each_route_speaks_by_its_own_channels_in_its_own_hours(database: Database, site: int) -> None:
    town = Town(database)
    asha = await town.add_person("Asha", channels=["mail"])
    await reach(town, asha, ("mail", "asha@example.org"), ("sms", "+911"))
    await town.add_route(asha, channels=["sms"], hours=Hours("08:00", "10:00"))
    await town.arrives(said())
    await town.until(5, SPEAKING)
    assert await rows(town, "channel") == [("mail",)]
    await town.arrives(said("b", severity=Severity.CRITICAL))
    await town.until(10, SPEAKING)
    assert {channel for (channel,) in await rows(town, "channel")} == {"mail", "sms"}


async def test_every_address_is_told_once_each(database: Database, site: int) -> None:
    town = Town(database)
    asha = await town.add_person("Asha")
    await reach(town, asha, ("mail", "home@example.org"), ("mail", "work@example.org"))
    await town.arrives(said())
    await town.until(5 * HOUR, SPEAKING, STRIDE_MS)
    assert sorted(await rows(town, "address", "occasion")) == [
        ("home@example.org", "page"),
        ("home@example.org", "repeat"),
        ("work@example.org", "page"),
        ("work@example.org", "repeat"),
    ]


async def test_maintenance_everywhere_quietens_what_is_above_the_sites(
    database: Database, site: int, other_site: str
) -> None:
    town = Town(database)
    await town.add_person("Asha")
    await town.tag(site, region="west")
    place = Place(ORGANISATION, None)
    async with database.writing() as connection:
        window = Window(site_id=site, since=minute_at(-100), until=minute_at(60))
        await maintenance.plan(connection, ORGANISATION, window)
        rule = (GATEWAY_OFFLINE, 1)
        await own.fire(connection, place, rule, "region=west", Severity.CRITICAL, "", town.now, town.now)
    await merge.merge_all(database, town.now)
    for minute, expected in ((1, []), (30, []), (60, [("Asha", "page")])):
        async with database.writing() as connection:
            await tell.decide(connection, place, minute_at(minute))
        assert await told(town) == expected


class Refusing(Log, tag="refusing", frozen=True, kw_only=True):
    """A provider that knows nobody of that name."""

    async def send(self, message: Message) -> Answer:
        raise SendError("550 no such user", permanent=True)


@asynccontextmanager
async def delivering(town: Town, *channels: Log) -> AsyncIterator[None]:
    deliverer = Deliverer(town.database, channels, "http://cloud", "worker", Metrics(), lambda: town.now)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deliverer.run())
        yield
        deliverer.stop()


@pytest.mark.parametrize(
    "channels", [(Refusing(name="mail"), Log(name="log")), (Log(name="log"),)], ids=["refused", "gone"]
)
async def test_where_nothing_goes_through_the_last_resort_is_told(
    database: Database, site: int, channels: tuple[Log, ...]
) -> None:
    """The address is refused for good, or its channel is no longer in the settings."""
    town = Town(database)
    await reach(town, await make_last_resort(town), ("log", "boss"))
    await town.add_person("Asha")
    await town.arrives(said(severity=Severity.CRITICAL))
    await town.until(12, SPEAKING)
    assert await told(town) == [("Asha", "page")]

    async def is_dead() -> bool:
        return ("dead",) in await rows(town, "state")

    async with delivering(town, *channels):
        await until_async(is_dead)
    await town.until(14, SPEAKING)
    assert await told(town) == [("Asha", "page"), ("Boss", "page")]
