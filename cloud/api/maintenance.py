"""Maintenance windows: planned, listed with what is open now, ended early."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import tell
from cloud.alerting.naming import GATEWAY_OFFLINE
from cloud.api.parameters import Clock, Id, Key, Moment
from cloud.api.telling_shapes import MaintenanceAnswer, MaintenanceWindow
from cloud.api.window_rows import window_of
from cloud.errors import Invalid, NotFound
from cloud.store import devices, maintenance, rules, sites
from cloud.store.database import Database
from cloud.store.maintenance import Window
from cloud.store.sessions import Signed
from cloud.store.sites import SiteRow
from protocol.limits import Name, Text
from protocol.rule import Severity

_RULES_LIMIT = 100


class WindowWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    site_id: Key | None  # null: every site
    device: Text = ""
    point: Text = ""
    rules: Annotated[list[Name], msgspec.Meta(max_length=_RULES_LIMIT)] = []
    ceiling: Severity | None = None
    since: Moment
    until: Moment
    weekly: bool = False
    reason: Text = ""


@get("/maintenance")
async def list_windows(
    signed: NamedDependency[Signed], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> MaintenanceAnswer:
    now = clock()
    async with database.reading() as connection:
        there = await sites.of_organisation(connection, signed.organisation_id)
        kept = await maintenance.of_organisation(connection, signed.organisation_id)
    items = [window_of(one, there, now) for one in kept]
    return MaintenanceAnswer(server_time=now, items=sorted(items, key=lambda one: _place(one, now)))


@post("/maintenance")
async def plan_window(
    data: JSONBody[WindowWish],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> MaintenanceWindow:
    """Data and alerts are recorded all the same; nobody is told."""
    now, own = clock(), signed.organisation_id
    wish = Window(**msgspec.structs.asdict(data), by=signed.name, at=now)

    async def work(connection: AsyncConnection) -> MaintenanceWindow:
        there = await sites.of_organisation(connection, own)
        await _require_known(connection, own, wish, there)
        key = await maintenance.plan(connection, own, wish)
        await _touch(connection, own, wish, now)
        return window_of(msgspec.structs.replace(wish, id=key), there, now)

    return await database.write(work)


@post("/maintenance/{window_id:int}/end", status_code=200)
async def end_window(
    window_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> MaintenanceWindow:
    """Now; one that repeats opens no more."""
    now, own = clock(), signed.organisation_id

    async def work(connection: AsyncConnection) -> MaintenanceWindow:
        ended = await maintenance.end(connection, own, window_id, now)
        await _touch(connection, own, ended, now)
        return window_of(ended, await sites.of_organisation(connection, own), now)

    return await database.write(work)


async def _touch(connection: AsyncConnection, organisation_id: int, one: Window, now: int) -> None:
    if one.site_id is None:
        await tell.touch_all(connection, organisation_id, now)
    else:
        await tell.touch(connection, organisation_id, one.site_id, now)


async def _require_known(
    connection: AsyncConnection, organisation_id: int, one: Window, there: list[SiteRow]
) -> None:
    """Raises Invalid where the window would keep nothing quiet: it names what there is not."""
    wanted = {site.id for site in there if one.site_id in (None, site.id)}
    if one.site_id is not None and not wanted:
        raise NotFound(f"there is no site {one.site_id}")
    if one.device and one.point and one.point.partition("/")[0] != one.device:
        raise Invalid(f'the point "{one.point}" is not of the device "{one.device}": leave one of them out')
    names = {point.name for _, point in await devices.names_at(connection, wanted)}
    if one.point and one.point not in names:
        raise Invalid(f'there is no point "{one.point}" there: write device/metric')
    if one.device and one.device not in {name.partition("/")[0] for name in names}:
        raise Invalid(f'there is no device "{one.device}" there')
    kept = {row.rule_id for row in await rules.of_organisation(connection, organisation_id)}
    if unknown := sorted(set(one.rules) - kept - {GATEWAY_OFFLINE}):
        raise Invalid(f'there is no rule "{unknown[0]}"')


def _place(one: MaintenanceWindow, now: int) -> tuple[int, int]:
    if one.open_until is not None:
        return 0, one.open_until
    return (1, one.next_at) if one.next_at is not None else (2, now - one.until)
