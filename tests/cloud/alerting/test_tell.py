"""Who is told of what, when, and why not: from stored transitions to notification rows, on both databases."""

from cloud.store import acknowledgements, alerts, maintenance
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.maintenance import Window
from protocol.rule import Severity
from protocol.told import Told
from tests.cloud.alerting.making import ORGANISATION, minute_at, said
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import GATEWAYS

ON = GATEWAYS[:1]


async def find(town: Town, key: str = "a") -> AlertRow:
    async with town.database.reading() as connection:
        return await alerts.find(connection, ORGANISATION, key)


async def test_an_alert_is_told_once_after_the_wait_of_its_group_and_its_end_too(
    database: Database, site: int
) -> None:
    town = Town(database)
    await town.add_person()
    await town.arrives(said())
    await town.until(0.3)
    assert await town.messages() == []
    await town.until(5)
    assert await town.messages() == [
        ("Asha", "page", "Rainbow: warning: low-tank 0.4 (limit 0.5), since 25 Nov 15:16")
    ]
    await town.arrives(said(counter=2, reason="cleared", minute=5, began=0))
    await town.until(10)
    assert await town.occasions() == ["page", "resolve"]
    assert (await find(town)).settled


async def test_everybody_is_told_in_their_language(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person()
    await town.add_person("Ravi", language="hi")
    await town.arrives(said())
    await town.until(5)
    assert await town.messages() == [
        ("Asha", "page", "Rainbow: warning: low-tank 0.4 (limit 0.5), since 25 Nov 15:16"),
        ("Ravi", "page", "Rainbow: चेतावनी: low-tank 0.4 (सीमा 0.5), 25 नव॰ 15:16 से"),
    ]


async def test_who_was_told_at_the_gateway_is_told_of_the_rest(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person()
    await town.add_person("Ravi")
    await town.arrives(said())
    await town.work()
    told = Told(alert="a", person="Asha", action="sms", severity="warning", at=town.now)
    await town.is_born(GATEWAYS[0], "epoch-1", ["a"], told)
    await town.until(2)
    assert [(name, what) for name, what, _ in await town.messages()] == [("Asha", "page"), ("Ravi", "page")]
    assert (await town.messages())[0][2] == "told by sms"  # a note of it, not a message
    assert "already told" in await town.reasons("a")
    await town.arrives(said(counter=2, reason="cleared", minute=5, began=0))
    await town.until(10)
    assert sorted((name, what) for name, what, _ in await town.messages()) == [
        ("Asha", "page"),
        ("Asha", "resolve"),
        ("Ravi", "page"),
        ("Ravi", "resolve"),
    ]
    assert (await find(town)).settled


async def test_what_was_over_before_anybody_could_be_told_is_late(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person()
    await town.arrives(said(), said(counter=2, reason="cleared", minute=5, began=0))
    await town.until(5)
    assert await town.messages() == []
    assert await town.reasons("a") == ["late"]
    assert (await find(town)).settled


async def test_after_days_offline_the_open_ones_are_told_together_once(database: Database, site: int) -> None:
    town = Town(database, minute=3 * 1440)
    await town.add_person()
    for day, key in enumerate("abc"):
        end = said(key, 2, "cleared", day * 1440 + 60, began=day * 1440)
        await town.arrives(said(key, minute=day * 1440), end)
    await town.arrives(
        said("d", minute=100, point="sump-1/level"), said("e", minute=200, point="flow-1/rate")
    )
    await town.until(3 * 1440 + 5)
    ((name, occasion, subject),) = await town.messages()
    assert (name, occasion) == ("Asha", "page")
    assert subject.endswith("and 1 more")
    assert await town.reasons("b") == ["late"]


async def test_a_rise_is_told_to_those_whose_minimum_it_reaches(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person("Asha")
    await town.add_person("Bina", min_severity=Severity.CRITICAL)
    await town.arrives(said())
    await town.until(2)
    await town.arrives(said(counter=2, reason="rose", minute=2, severity=Severity.CRITICAL, began=0))
    await town.until(4)
    assert [name for name, _, _ in await town.messages()] == ["Asha", "Asha", "Bina"]
    assert "filtered" in await town.reasons("a")


async def test_an_acknowledgement_stops_repeats_until_it_rises(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person()
    await town.arrives(said())
    await town.until(2)
    async with database.writing() as connection:
        await acknowledgements.acknowledge(connection, await find(town), "Asha", None, "", town.now)
    town.now = minute_at(5 * 60)
    await town.touch(site)
    await town.until(5 * 60 + 2)
    assert await town.occasions() == ["page"]
    await town.arrives(said(counter=2, reason="rose", minute=301, severity=Severity.CRITICAL, began=0))
    await town.until(5 * 60 + 4)
    assert await town.occasions() == ["page", "page"]
    town.now = minute_at(10 * 60)
    await town.until(10 * 60 + 1)
    assert await town.occasions() == ["page", "page", "repeat"]


async def test_maintenance_ends_with_one_message_for_what_still_fires(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person()
    window = Window(site_id=site, since=minute_at(-10), until=minute_at(60))
    async with database.writing() as connection:
        await maintenance.plan(connection, ORGANISATION, window)
    await town.arrives(said("a"), said("b", point="sump-1/level"))
    await town.arrives(said("b", 2, "cleared", 5, began=0, point="sump-1/level"))
    await town.until(2)
    assert (await town.messages(), await town.reasons("a")) == ([], ["maintenance"])
    town.now = minute_at(60)
    await town.until(62)
    assert await town.occasions() == ["page"]


async def test_ending_a_window_early_is_one_press(database: Database, site: int) -> None:
    town = Town(database)
    await town.add_person()
    window = Window(site_id=site, since=minute_at(-10), until=minute_at(600), weekly=True)
    async with database.writing() as connection:
        key = await maintenance.plan(connection, ORGANISATION, window)
    await town.arrives(said())
    await town.until(2)
    async with database.writing() as connection:
        await maintenance.end(connection, ORGANISATION, key, town.now)
    await town.touch(site)
    await town.until(4)
    assert await town.occasions() == ["page"]


async def test_a_shelved_alert_comes_back_by_itself_and_its_end_is_told(
    database: Database, site: int
) -> None:
    town = Town(database)
    await town.add_person()
    await town.arrives(said())
    await town.until(0.1)
    async with database.writing() as connection:
        row = await alerts.find(connection, ORGANISATION, "a")
        await acknowledgements.shelve(connection, row, "Asha", minute_at(60), town.now)
    await town.touch(site)
    await town.until(2)
    assert (await town.messages(), (await town.reasons("a"))[-1]) == ([], "shelved")
    town.now = minute_at(60)
    await town.until(61)
    assert await town.occasions() == ["page"]


async def test_the_next_route_is_told_when_nobody_acknowledges(database: Database, site: int) -> None:
    town = Town(database)
    second = await town.add_person("Bina", listens=False)
    next_id = await town.add_route(second, stand_by=True)
    await town.add_person("Asha", escalate_after_s=900.0, next_id=next_id)
    await town.arrives(said())
    await town.until(14)
    assert [name for name, _, _ in await town.messages()] == ["Asha"]
    await town.until(20)
    assert [(name, occasion) for name, occasion, _ in await town.messages()] == [
        ("Asha", "page"),
        ("Bina", "escalation"),
    ]
    await town.arrives(said(counter=2, reason="cleared", minute=20, began=0))
    await town.until(25)
    assert sorted(name for name, occasion, _ in await town.messages() if occasion == "resolve") == [
        "Asha",
        "Bina",
    ]


async def test_a_critical_alert_that_nobody_can_receive_shows_so(database: Database, site: int) -> None:
    town = Town(database)
    await town.arrives(said(severity=Severity.CRITICAL))
    await town.until(2)
    assert await town.reasons("a") == ["nobody told"]
