"""Routes and windows that can't be meant are refused with a sentence."""

import msgspec
import pytest

from cloud.errors import CloudError, Invalid, NotFound
from cloud.store import acknowledgements, alerts, maintenance, routes
from cloud.store.database import Database
from cloud.store.maintenance import WEEK_MS, Window
from cloud.store.routes import Person, Route
from tests.cloud.alerting.making import ORGANISATION, said
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import NOW

WINDOWS = [
    pytest.param(Window(since=NOW, until=NOW), "ends before it begins", id="no time"),
    pytest.param(Window(since=NOW, until=NOW + WEEK_MS, weekly=True), "shorter than a week", id="weekly"),
    pytest.param(Window(site_id=99, since=NOW, until=NOW + 1), "no site 99", id="a site of others"),
]


@pytest.mark.parametrize(("window", "sentence"), WINDOWS)
async def test_windows(database: Database, site: int, window: Window, sentence: str) -> None:
    async with database.writing() as connection:
        with pytest.raises(CloudError, match=sentence):
            await maintenance.plan(connection, ORGANISATION, window)


async def test_an_escalation_never_comes_back_to_itself(database: Database, site: int) -> None:
    town = Town(database)
    person = await town.add_person(listens=False)
    first = await town.add_route(person)
    second = await town.add_route(person, escalate_after_s=60.0, next_id=first)
    circle = Route(id=first, person_id=person, escalate_after_s=60.0, next_id=second)
    async with database.writing() as connection:
        with pytest.raises(Invalid, match="circle"):
            await routes.save_route(connection, ORGANISATION, circle)
        with pytest.raises(Invalid, match="after how long"):
            await routes.save_route(connection, ORGANISATION, Route(person_id=person, next_id=first))
        with pytest.raises(NotFound, match="no person 99"):
            await routes.save_route(connection, ORGANISATION, Route(person_id=99))
        assert await routes.remove_route(connection, ORGANISATION, first)
        (left,) = await routes.routes_of(connection, ORGANISATION)
    assert left.next_id is None


async def test_who_is_away_comes_back_later_and_has_another_deputy(database: Database, site: int) -> None:
    person = await Town(database).add_person()
    gone = Person(id=person, name="Asha", language="hi", away_from=NOW, away_to=NOW, deputy_id=None)
    itself = msgspec.structs.replace(gone, deputy_id=person)
    nobody = msgspec.structs.replace(gone, deputy_id=99)
    async with database.writing() as connection:
        with pytest.raises(Invalid, match="must end after"):
            await routes.save_person(connection, ORGANISATION, gone)
        with pytest.raises(Invalid, match="own deputy"):
            await routes.save_person(connection, ORGANISATION, itself)
        with pytest.raises(NotFound, match="no person 99"):
            await routes.save_person(connection, ORGANISATION, nobody)


async def test_nothing_is_shelved_for_longer_than_a_week(database: Database, site: int) -> None:
    town = Town(database)
    await town.arrives(said())
    await town.work()
    async with database.writing() as connection:
        row = await alerts.find(connection, ORGANISATION, "a")
        for until in (NOW, NOW + WEEK_MS + 1):
            with pytest.raises(Invalid, match="seven days"):
                await acknowledgements.shelve(connection, row, "Asha", until, NOW)
        await acknowledgements.shelve(connection, row, "Asha", NOW + WEEK_MS, NOW)
        with pytest.raises(NotFound):
            await alerts.find(connection, ORGANISATION + 1, "a")
