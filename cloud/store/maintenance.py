"""Maintenance windows: when nobody is told, and of what. Knows neither people nor how it repeats."""

from typing import Any

import msgspec
from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.errors import Invalid, NotFound
from cloud.store.tables.alerting import maintenance
from cloud.store.tables.sites import site
from protocol.rule import Severity

WEEK_MS = 604_800_000


class Window(msgspec.Struct, frozen=True, kw_only=True):
    id: int = 0  # 0: not kept yet
    site_id: int | None = None  # None: every site of the organisation
    device: str = ""  # "": every one
    point: str = ""  # device/metric; "": every one
    rules: list[str] = []  # ids; none: every rule
    ceiling: Severity | None = None  # the highest severity that is kept quiet; None: all
    since: int
    until: int  # of the first time, where it repeats
    weekly: bool = False  # at the same hour in the site's zone
    ended_at: int | None = None  # from then on it mutes nothing
    reason: str = ""
    by: str = ""
    at: int = 0  # when it was planned


async def plan(connection: AsyncConnection, organisation_id: int, one: Window) -> int:
    """Its id. Raises Invalid for a window that ends before it begins, NotFound for a site of others.

    Follow it, and `end`, with `cloud.alerting.tell.touch`: who is told is decided again, now and at its end.
    """
    if one.until <= one.since:
        raise Invalid("the window ends before it begins: give a later end")
    if one.weekly and one.until - one.since >= WEEK_MS:
        raise Invalid("a window that repeats every week must be shorter than a week")
    if one.site_id is not None:
        mine = select(site.c.id).where(site.c.id == one.site_id, site.c.organisation_id == organisation_id)
        if await connection.scalar(mine) is None:
            raise NotFound(f"there is no site {one.site_id}")
    values = msgspec.to_builtins(one)
    del values["id"]
    made: int = await connection.scalar(
        insert(maintenance).values(organisation_id=organisation_id, **values).returning(maintenance.c.id)
    )
    return made


async def end(connection: AsyncConnection, organisation_id: int, key: int, now: int) -> Window:
    """End a window now, or for good where it repeats. Twice is once. Raises NotFound."""
    mine = maintenance.c.organisation_id == organisation_id, maintenance.c.id == key
    await connection.execute(
        update(maintenance).where(*mine, maintenance.c.ended_at.is_(None)).values(ended_at=now)
    )
    found = await find(connection, organisation_id, key)
    if found is None:
        raise NotFound(f"there is no maintenance window {key}")
    return found


async def find(connection: AsyncConnection, organisation_id: int, key: int) -> Window | None:
    mine = maintenance.c.organisation_id == organisation_id, maintenance.c.id == key
    row = (await connection.execute(select(maintenance).where(*mine))).first()
    return None if row is None else _window(row)


async def of_organisation(connection: AsyncConnection, organisation_id: int) -> list[Window]:
    """Every window, newest first."""
    rows = await connection.execute(
        select(maintenance)
        .where(maintenance.c.organisation_id == organisation_id)
        .order_by(maintenance.c.since.desc(), maintenance.c.id.desc())
    )
    return [_window(row) for row in rows]


async def possible(connection: AsyncConnection, organisation_id: int, since: int) -> list[Window]:
    """Those that may hold at some time from `since` on; which of them does at a time, a window can't tell."""
    rows = await connection.execute(
        select(maintenance).where(
            maintenance.c.organisation_id == organisation_id,
            or_(maintenance.c.until > since, maintenance.c.weekly),
            or_(maintenance.c.ended_at.is_(None), maintenance.c.ended_at > since),
        )
    )
    return [_window(row) for row in rows]


def _window(row: Row[Any]) -> Window:
    return msgspec.convert(row, Window, from_attributes=True)
