"""Routes: who is told of which alerts, when, by what, and who is next."""

from typing import Annotated

import msgspec
from litestar import delete, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.api.parameters import Clock, Id, Key
from cloud.api.people import Senders
from cloud.api.people_rows import change_people
from cloud.api.telling_shapes import PeopleAnswer
from cloud.errors import Invalid, NotFound
from cloud.senders.senders import channel_named
from cloud.store import routes, sites
from cloud.store.database import Database
from cloud.store.routes import Route
from cloud.store.sessions import Signed
from protocol.hours import Hours, minutes
from protocol.limits import Name, Text
from protocol.rule import Severity

_ESCALATE_LIMIT_S = 604_800.0

Escalation = Annotated[float, msgspec.Meta(gt=0, le=_ESCALATE_LIMIT_S)]
Tags = Annotated[dict[Name, Text], msgspec.Meta(max_length=64)]
Channels = Annotated[list[Name], msgspec.Meta(max_length=16)]


class RouteWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    person_id: Key
    site_id: Key | None = None  # null: every site with these tags
    tags: Tags = {}
    min_severity: Severity = Severity.WARNING
    hours: Hours | None = None
    channels: Channels = []  # none: every address of the person
    escalate_after_s: Escalation | None = None
    next_id: Key | None = None
    stand_by: bool = False


@post("/routes")
async def add_route(
    data: JSONBody[RouteWish],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    return await _save(database, senders, signed, 0, data, clock())


@put("/routes/{route_id:int}")
async def change_route(
    route_id: Id,
    data: JSONBody[RouteWish],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    """Refused (400) where the escalation would come back to itself."""
    return await _save(database, senders, signed, route_id, data, clock())


@delete("/routes/{route_id:int}", status_code=200)
async def remove_route(
    route_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    senders: NamedDependency[Senders],
    clock: NamedDependency[Clock],
) -> PeopleAnswer:
    """Those that escalate to it escalate no more."""
    now, own = clock(), signed.organisation_id

    async def act(connection: AsyncConnection) -> None:
        if not await routes.remove_route(connection, own, route_id):
            raise NotFound(f"there is no route {route_id}")

    return await change_people(database, senders, signed, act, now)


async def _save(
    database: Database, senders: Senders, signed: Signed, route_id: int, wish: RouteWish, now: int
) -> PeopleAnswer:
    own = signed.organisation_id
    _require_sound(wish, senders)

    async def act(connection: AsyncConnection) -> None:
        if wish.site_id is not None and await sites.find(connection, own, wish.site_id) is None:
            raise NotFound(f"there is no site {wish.site_id}")
        await routes.save_route(connection, own, Route(id=route_id, **msgspec.structs.asdict(wish)))

    return await change_people(database, senders, signed, act, now)


def _require_sound(wish: RouteWish, senders: Senders) -> None:
    """Raises Invalid for what could never tell anybody."""
    if wish.site_id is not None and wish.tags:
        raise Invalid("a route names either a site or tags of sites")
    if wish.hours and minutes(wish.hours.start) == minutes(wish.hours.end):
        raise Invalid(f"hours begin and end at {wish.hours.start}: leave them out for the whole day")
    for name in wish.channels:
        channel_named(senders, name)
    if wish.escalate_after_s is not None and wish.next_id is None:
        raise Invalid("say which route is told next (next_id), or leave escalate_after_s out")
