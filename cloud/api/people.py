"""People as those who are told: their addresses, when they are away, and whether a message reaches them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting.deliver import send_test
from cloud.alerting.languages.languages import Language
from cloud.api.parameters import Clock, Id, Key, Moment
from cloud.api.people_rows import change_people, people_of
from cloud.api.telling_shapes import PeopleAnswer, TestAnswer
from cloud.api.trial_log import keep_test
from cloud.errors import Conflict, Invalid, NotFound
from cloud.senders.sender import SendError
from cloud.senders.senders import AnySender, channel_named
from cloud.store import routes
from cloud.store.database import Database
from cloud.store.people import CONTACT, NO_PASSWORD, add, find
from cloud.store.routes import Address, Person
from cloud.store.sessions import Signed

Senders = Sequence[AnySender]


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=128)]


class PersonChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    language: Language
    away_from: Moment | None = None
    away_to: Moment | None = None
    deputy_id: Key | None = None


class AddressWish(msgspec.Struct, forbid_unknown_fields=True):
    channel: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000, pattern=r"^[^\0]*$")]


class LastResort(msgspec.Struct, forbid_unknown_fields=True):
    person_id: Key | None  # null: nobody


@get("/people")
async def list_people(
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    """Everybody who may be told, who subscribes to what, and the channels there are."""
    async with database.reading() as connection:
        return await people_of(connection, signed.organisation_id, senders, clock())


@post("/people")
async def add_person(
    data: JSONBody[NewPerson],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    """Somebody who is told and does not sign in."""
    now, own, name = clock(), signed.organisation_id, data.name.strip()
    if not name or not name.isprintable():
        raise Invalid("a name needs letters, and no line breaks: correct name")

    async def act(connection: AsyncConnection) -> None:
        if await find(connection, name):
            raise Conflict(f"there is somebody named {name} already: give a second name, too")
        await add(connection, own, name, NO_PASSWORD, CONTACT, now)

    return await change_people(database, senders, signed, act, now)


@put("/people/{person_id:int}")
async def change_person(
    person_id: Id,
    data: JSONBody[PersonChange],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    now, own = clock(), signed.organisation_id
    if data.away_to is not None and data.away_from is None:
        raise Invalid("an absence needs a beginning: give away_from, or leave both out")
    person = Person(id=person_id, name="", **msgspec.structs.asdict(data))
    return await change_people(database, senders, signed, lambda c: routes.save_person(c, own, person), now)


@post("/people/{person_id:int}/addresses")
async def add_address(
    person_id: Id,
    data: JSONBody[AddressWish],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    """Refused where its channel could never send there: a webhook to a private network, no mail address."""
    now, own = clock(), signed.organisation_id
    async with database.reading() as connection:
        kept = await routes.people_of(connection, own)
    if person_id not in kept.people:
        raise NotFound(f"there is no person {person_id}")
    if mistake := await channel_named(senders, data.channel).address_mistake(data.value):
        raise Invalid(mistake)
    wish = Address(person_id=person_id, channel=data.channel, value=data.value)

    async def act(connection: AsyncConnection) -> None:
        there = (await routes.people_of(connection, own)).addresses.get(person_id, ())
        if any((one.channel, one.value) == (wish.channel, wish.value) for one in there):
            raise Conflict("this person has this address already")
        await routes.save_address(connection, own, wish)

    return await change_people(database, senders, signed, act, now)


@delete("/addresses/{address_id:int}", status_code=200)
async def remove_address(
    address_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    now, own = clock(), signed.organisation_id

    async def act(connection: AsyncConnection) -> None:
        if not await routes.remove_address(connection, own, address_id):
            raise NotFound(f"there is no address {address_id}")

    return await change_people(database, senders, signed, act, now)


@post("/addresses/{address_id:int}/test", status_code=200)
async def test_address(
    address_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    url: NamedDependency[str],
    clock: NamedDependency[Clock],
) -> TestAnswer:
    """Send a message there now; what the provider says to it, also where it refuses."""
    own = signed.organisation_id
    async with database.reading() as connection:
        kept = await routes.people_of(connection, own)
    found = next((one for some in kept.addresses.values() for one in some if one.id == address_id), None)
    if found is None:
        raise NotFound(f"there is no address {address_id}")
    person = kept.people[found.person_id]
    try:
        said = await send_test(senders, found.channel, person.name, person.language, found.value, url)
        answer = TestAnswer(is_sent=True, is_delivered=said.is_delivered, answer=said.text)
    except SendError as error:
        answer = TestAnswer(is_sent=False, is_delivered=False, answer=str(error))
    await database.write(lambda connection: keep_test(connection, own, found, person, answer, clock()))
    return answer


@put("/last-resort")
async def change_last_resort(
    data: JSONBody[LastResort],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    """Who is told of a critical alert that nobody else can receive."""
    now, own = clock(), signed.organisation_id
    return await change_people(
        database, senders, signed, lambda c: routes.set_last_resort(c, own, data.person_id), now
    )
