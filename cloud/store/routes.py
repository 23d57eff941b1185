"""People as those who are told: their addresses, their routes, when they are away."""

from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.errors import Invalid, NotFound
from cloud.store.tables.notifying import address, route
from cloud.store.tables.people import person
from cloud.store.tables.schema import organisation
from protocol.hours import Hours
from protocol.rule import Severity


class Address(msgspec.Struct, frozen=True, kw_only=True):
    id: int = 0  # 0: not kept yet
    person_id: int
    channel: str  # its name in the settings
    value: str
    verified_at: int | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A person subscribes."""

    id: int = 0  # 0: not kept yet
    person_id: int
    site_id: int | None = None  # None: every site with these tags
    tags: dict[str, str] = {}
    min_severity: Severity = Severity.WARNING
    hours: Hours | None = None  # in the site's zone; None: always
    channels: list[str] = []  # none: every address of the person
    escalate_after_s: float | None = None  # None: never
    next_id: int | None = None  # the route that is told then
    stand_by: bool = False  # told by escalation only


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    language: str
    away_from: int | None
    away_to: int | None
    deputy_id: int | None


class People(msgspec.Struct, frozen=True):
    """Everybody of an organisation who may be told."""

    people: dict[int, Person]
    addresses: dict[int, list[Address]]  # by person
    routes: list[Route]
    last_resort_id: int | None  # told of a critical alert that nobody else can receive


async def people_of(connection: AsyncConnection, organisation_id: int) -> People:
    columns = (
        person.c.id,
        person.c.name,
        person.c.language,
        person.c.away_from,
        person.c.away_to,
        person.c.deputy_id,
    )
    found = await connection.execute(
        select(*columns).where(person.c.organisation_id == organisation_id).order_by(person.c.id)
    )
    people = {row.id: msgspec.convert(row, Person, from_attributes=True) for row in found}
    rows = await connection.execute(
        select(address).where(address.c.organisation_id == organisation_id).order_by(address.c.id)
    )
    addresses: dict[int, list[Address]] = {}
    for row in rows:
        addresses.setdefault(row.person_id, []).append(msgspec.convert(row, Address, from_attributes=True))
    last_resort: int | None = await connection.scalar(
        select(organisation.c.last_resort_id).where(organisation.c.id == organisation_id)
    )
    return People(people, addresses, await routes_of(connection, organisation_id), last_resort)


async def routes_of(connection: AsyncConnection, organisation_id: int) -> list[Route]:
    rows = await connection.execute(
        select(route).where(route.c.organisation_id == organisation_id).order_by(route.c.id)
    )
    return [_route(row) for row in rows]


async def save_address(connection: AsyncConnection, organisation_id: int, one: Address) -> int:
    """Add an address; its id. Raises NotFound where the person is not of this organisation."""
    await _check_person(connection, organisation_id, one.person_id)
    values = {"person_id": one.person_id, "channel": one.channel, "value": one.value}
    made: int = await connection.scalar(
        insert(address).values(organisation_id=organisation_id, **values).returning(address.c.id)
    )
    return made


async def verify_address(connection: AsyncConnection, organisation_id: int, key: int, now: int) -> None:
    mine = address.c.organisation_id == organisation_id, address.c.id == key
    await connection.execute(update(address).where(*mine).values(verified_at=now))


async def remove_address(connection: AsyncConnection, organisation_id: int, key: int) -> bool:
    mine = address.c.organisation_id == organisation_id, address.c.id == key
    return (await connection.execute(delete(address).where(*mine))).rowcount == 1


async def save_route(connection: AsyncConnection, organisation_id: int, one: Route) -> int:
    """Add or change a route; its id.

    Raises Invalid for an escalation that comes back to itself, NotFound for a route or person of others.
    """
    await _check_person(connection, organisation_id, one.person_id)
    known = {other.id: other for other in await routes_of(connection, organisation_id)}
    if one.id and one.id not in known:
        raise NotFound(f"there is no route {one.id}")
    _check_escalation(known, one)
    values = msgspec.to_builtins(one)
    del values["id"]
    if one.id:
        await connection.execute(update(route).where(route.c.id == one.id).values(values))
        return one.id
    made: int = await connection.scalar(
        insert(route).values(organisation_id=organisation_id, **values).returning(route.c.id)
    )
    return made


async def remove_route(connection: AsyncConnection, organisation_id: int, key: int) -> bool:
    """False: there is none. Those that escalate to it escalate no more."""
    mine = route.c.organisation_id == organisation_id
    await connection.execute(update(route).where(mine, route.c.next_id == key).values(next_id=None))
    return (await connection.execute(delete(route).where(mine, route.c.id == key))).rowcount == 1


async def save_person(connection: AsyncConnection, organisation_id: int, one: Person) -> None:
    """Language, absence and deputy. Raises Invalid for an absence that ends before it begins."""
    await _check_person(connection, organisation_id, one.id)
    if one.deputy_id is not None:
        await _check_person(connection, organisation_id, one.deputy_id)
    if one.deputy_id == one.id:
        raise Invalid("nobody is their own deputy")
    if one.away_from is not None and (one.away_to is None or one.away_to <= one.away_from):
        raise Invalid("an absence must end after it begins")
    await connection.execute(
        update(person)
        .where(person.c.id == one.id)
        .values(
            language=one.language,
            away_from=one.away_from,
            away_to=one.away_to,
            deputy_id=one.deputy_id,
        )
    )


async def set_last_resort(connection: AsyncConnection, organisation_id: int, person_id: int | None) -> None:
    if person_id is not None:
        await _check_person(connection, organisation_id, person_id)
    await connection.execute(
        update(organisation).where(organisation.c.id == organisation_id).values(last_resort_id=person_id)
    )


async def _check_person(connection: AsyncConnection, organisation_id: int, key: int) -> None:
    there = select(person.c.id).where(person.c.id == key, person.c.organisation_id == organisation_id)
    if await connection.scalar(there) is None:
        raise NotFound(f"there is no person {key}")


def _check_escalation(known: dict[int, Route], one: Route) -> None:
    if one.next_id is None:
        return
    if one.escalate_after_s is None:
        raise Invalid("say after how long without an acknowledgement the next route is told")
    step = known.get(one.next_id)
    if step is None:
        raise NotFound(f"there is no route {one.next_id} to escalate to")
    passed = {one.id}
    while step:
        if step.id in passed:
            raise Invalid(f"the escalation goes in a circle: it comes back to route {step.id}")
        passed.add(step.id)
        step = known.get(step.next_id) if step.next_id is not None else None


def _route(row: Row[Any]) -> Route:
    return msgspec.convert(row, Route, from_attributes=True)
