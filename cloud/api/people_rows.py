"""People, their routes and the channels, as the API shows them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import tell
from cloud.alerting.sentence import span
from cloud.api.telling_shapes import AlertRoute, Channel, PeopleAnswer, PersonAddress, PersonTold
from cloud.senders.senders import AnySender
from cloud.store import routes, sites
from cloud.store.database import Database
from cloud.store.routes import Address, Person, Route
from cloud.store.sessions import Signed


async def people_of(
    connection: AsyncConnection, organisation_id: int, senders: Sequence[AnySender], now: int
) -> PeopleAnswer:
    kept = await routes.people_of(connection, organisation_id)
    there = await sites.of_organisation(connection, organisation_id)
    names = {key: one.name for key, one in kept.people.items()}
    by_id = {one.id: one for one in kept.routes}
    return PeopleAnswer(
        server_time=now,
        people=[_person(one, kept.addresses.get(key, [])) for key, one in kept.people.items()],
        routes=[_route(one, names, by_id, {site.id: site.name for site in there}) for one in kept.routes],
        channels=[Channel(name=one.name, kind=_kind(one)) for one in senders],
        last_resort_id=kept.last_resort_id,
    )


async def change_people(
    database: Database,
    senders: Sequence[AnySender],
    signed: Signed,
    act: Callable[[AsyncConnection], Awaitable[None]],
    now: int,
) -> PeopleAnswer:
    """Do it, have decided again who is told, and show them as they are then."""

    async def work(connection: AsyncConnection) -> PeopleAnswer:
        await act(connection)
        await tell.touch_all(connection, signed.organisation_id, now)
        return await people_of(connection, signed.organisation_id, senders, now)

    return await database.write(work)


def _person(one: Person, addresses: Sequence[Address]) -> PersonTold:
    listed = [
        PersonAddress(id=at.id, channel=at.channel, value=at.value, verified_at=at.verified_at)
        for at in addresses
    ]
    return PersonTold(**msgspec.structs.asdict(one), addresses=listed)


def _route(
    one: Route, names: Mapping[int, str], by_id: Mapping[int, Route], sites: Mapping[int, str]
) -> AlertRoute:
    return AlertRoute(**msgspec.structs.asdict(one), sentence=_sentence(one, names, by_id, sites))


def _sentence(
    one: Route, names: Mapping[int, str], by_id: Mapping[int, Route], sites: Mapping[int, str]
) -> str:
    """Asha hears of warning and worse at Amba from 06:00 to 22:00 by mail; after 15 min Ravi is told."""
    where = f"at {sites[one.site_id]}" if one.site_id is not None else "at every site"
    if one.tags:
        where += " with " + " and ".join(f"{key} {value}" for key, value in one.tags.items())
    worse = "critical alerts" if one.min_severity == "critical" else f"{one.min_severity} and worse"
    hours = f" from {one.hours.start} to {one.hours.end}" if one.hours else ""
    by = f" by {', '.join(one.channels)}" if one.channels else ""
    only = ", by escalation only" if one.stand_by else ""
    said = f"{names[one.person_id]} hears of {worse} {where}{hours}{by}{only}"
    following = by_id.get(one.next_id) if one.next_id is not None else None
    if following and one.escalate_after_s is not None:
        after = span(one.escalate_after_s)
        said += f"; {after} without an acknowledgement, and {names[following.person_id]} is told"
    return f"{said}."


def _kind(channel: AnySender) -> str:
    return str(type(channel).__struct_config__.tag)
