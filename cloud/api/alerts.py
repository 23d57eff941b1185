"""Alerts: the open ones, which no filter of time hides; the history; seeing one, and putting it away."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import tell
from cloud.alerting.sentence import sentence
from cloud.api.alert_rows import alerts_of
from cloud.api.alert_shapes import Alert, AlertAnswer, AlertCounts, AlertsAnswer
from cloud.api.news import Publisher
from cloud.api.parameters import Clock, Cursor, SiteFilter, read_number
from cloud.api.shapes import point_of, site_of
from cloud.api.timeline import timeline_of
from cloud.errors import Conflict, Invalid
from cloud.store import acknowledgements, alerts, devices, rules, sites, transitions
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.sessions import Signed
from protocol.fold import PAGING
from protocol.limits import Count, Text, Whole
from protocol.rule import Severity

_PAGE = 50
_PAGE_LIMIT = 500

Which = Annotated[Literal["open", "acknowledged", "shelved", "history"], QueryParameter(name="state")]
AtLeast = Annotated[Severity, QueryParameter(description="this severity or a higher one")]
Limit = Annotated[int, QueryParameter(ge=1, le=_PAGE_LIMIT, description="of the history")]


class Acknowledging(msgspec.Struct, forbid_unknown_fields=True):
    counter: Count  # of the alert as it was looked at
    note: Text = ""
    until: Whole | None = None  # ms UTC; null: until it resolves or rises


class Shelving(msgspec.Struct, forbid_unknown_fields=True):
    until: Whole  # ms UTC; seven days away at most


@get("/alerts")
async def list_alerts(
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    which: Which = "open",
    site: SiteFilter = None,
    severity: AtLeast = Severity.INFO,
    cursor: Cursor = None,
    limit: Limit = _PAGE,
) -> AlertsAnswer:
    """Open ones are all of them, also those acknowledged or shelved. Only the history has pages."""
    now, before = clock(), _read_cursor(cursor)
    async with database.reading() as connection:
        there = await alerts.open_of(connection, signed.organisation_id, None if site is None else [site])
        items = await alerts_of(connection, signed.organisation_id, there, now)
        counts, following = _counts(items), None
        if which == "history":
            severities = [one for one in Severity if one.rank >= severity.rank]
            rows = await alerts.ended_before(
                connection, signed.organisation_id, before, limit + 1, site, severities
            )
            items = await alerts_of(connection, signed.organisation_id, rows[:limit], now)
            following = f"{items[-1].ended_at} {items[-1].id}" if len(rows) > limit else None
    shown = [one for one in items if one.severity.rank >= severity.rank and _is_in(one, which)]
    return AlertsAnswer(server_time=now, items=shown, next=following, counts=counts)


@get("/alerts/{alert_id:str}")
async def read_alert(
    alert_id: FromPath[str],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> AlertAnswer:
    """By its id, or by another one under which a gateway told it."""
    now, own = clock(), signed.organisation_id
    async with database.reading() as connection:
        row = await alerts.find(connection, own, alert_id)
        (shown,) = await alerts_of(connection, own, [row], now)
        members = await transitions.members_of(connection, [row.id])
        aliases = sorted(one.id for one in members if one.id != row.id)
        version = (row.rule_id, row.rule_version)
        body = (await rules.bodies(connection, own, [version])).get(version)
        there = await sites.of_organisation(connection, own)
        point = await devices.find_point(connection, own, shown.point_id) if shown.point_id else None
        return AlertAnswer(
            server_time=now,
            alert=shown,
            sentence=sentence(body, {str(one.id): one.name for one in there}) if body else "",
            to_do=body.to_do if body else "",
            point=point_of(point) if point else None,
            site=next((site_of(one) for one in there if one.id == row.site_id), None),
            aliases=aliases,
            timeline=await timeline_of(connection, row, aliases),
        )


@put("/alerts/{alert_id:str}/acknowledgement")
async def acknowledge(
    alert_id: FromPath[str],
    data: JSONBody[Acknowledging],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    news: NamedDependency[Publisher],
    clock: NamedDependency[Clock],
) -> Alert:
    """Refused (409) where the alert fired again or rose since it was looked at."""
    now = clock()
    if data.until is not None and data.until <= now:
        raise Invalid("until lies in the past: leave it out, or give a later time")

    async def act(connection: AsyncConnection, row: AlertRow) -> None:
        await _check_seen(connection, row, data.counter)
        await acknowledgements.acknowledge(connection, row, signed.name, data.until, data.note, now)

    return await _change(database, news, signed, alert_id, act, now)


@delete("/alerts/{alert_id:str}/acknowledgement", status_code=200)
async def take_back(
    alert_id: FromPath[str],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    news: NamedDependency[Publisher],
    clock: NamedDependency[Clock],
) -> Alert:
    """Nobody has seen it: repeats and escalation go on."""
    now = clock()

    async def act(connection: AsyncConnection, row: AlertRow) -> None:
        await acknowledgements.take_back(connection, row, signed.name, now)

    return await _change(database, news, signed, alert_id, act, now)


@put("/alerts/{alert_id:str}/shelf")
async def shelve(
    alert_id: FromPath[str],
    data: JSONBody[Shelving],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    news: NamedDependency[Publisher],
    clock: NamedDependency[Clock],
) -> Alert:
    """It comes back by itself, if it is still true then."""
    now = clock()

    async def act(connection: AsyncConnection, row: AlertRow) -> None:
        await acknowledgements.unshelve(connection, row, now)
        await acknowledgements.shelve(connection, row, signed.name, data.until, now)

    return await _change(database, news, signed, alert_id, act, now)


@delete("/alerts/{alert_id:str}/shelf", status_code=200)
async def unshelve(
    alert_id: FromPath[str],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    news: NamedDependency[Publisher],
    clock: NamedDependency[Clock],
) -> Alert:
    now = clock()

    async def act(connection: AsyncConnection, row: AlertRow) -> None:
        await acknowledgements.unshelve(connection, row, now)

    return await _change(database, news, signed, alert_id, act, now)


async def _change(
    database: Database,
    news: Publisher,
    signed: Signed,
    alert_id: str,
    act: Callable[[AsyncConnection, AlertRow], Awaitable[None]],
    now: int,
) -> Alert:
    """Do it to the alert as it is, have decided again who is told, and tell whoever watches."""

    async def work(connection: AsyncConnection) -> Alert:
        known = await alerts.find(connection, signed.organisation_id, alert_id)
        await alerts.hold(connection, known.id)
        row = await alerts.find(connection, signed.organisation_id, alert_id)
        await act(connection, row)
        await tell.touch(connection, row.organisation_id, row.site_id, now)
        (changed,) = await alerts_of(connection, signed.organisation_id, [row], now)
        return changed

    changed = await database.write(work)
    news.alerts([changed.id])
    return changed


async def _check_seen(connection: AsyncConnection, row: AlertRow, counter: int) -> None:
    """Raises Conflict where there is more to the alert than was seen."""
    if row.paged_by <= counter <= row.counter:
        return
    told = await transitions.of_members(connection, [row.member_id])
    news = [one for one in told if one.course.counter > counter and one.course.reason in PAGING]
    newest = max(news, key=lambda one: one.course.counter, default=None)
    what = "it was told anew"
    if newest:
        what = f"it {newest.course.reason} and is {row.severity} now"
    raise Conflict(f"since you looked at this alert {what}: look at it again, then acknowledge it")


def _counts(items: list[Alert]) -> AlertCounts:
    return AlertCounts(
        open=len(items),
        critical=sum(one.severity is Severity.CRITICAL for one in items),
        warning=sum(one.severity is Severity.WARNING for one in items),
        info=sum(one.severity is Severity.INFO for one in items),
        acknowledged=sum(one.acknowledged is not None for one in items),
        shelved=sum(one.shelved is not None for one in items),
    )


def _is_in(one: Alert, which: str) -> bool:
    if which == "acknowledged":
        return one.acknowledged is not None
    return one.shelved is not None if which == "shelved" else True


def _read_cursor(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    at, _, key = cursor.partition(" ")
    return read_number(at if key else ""), key  # half a cursor is none
