"""What is known of alerts beside their condition: seen, put away, in maintenance, told to nobody."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import maintenance
from cloud.alerting.acknowledged import acknowledged
from cloud.alerting.subject import Subject
from cloud.alerting.tell import NOBODY_TOLD
from cloud.alerting.zones import offset_of
from cloud.store import acknowledgements, notifications
from cloud.store import maintenance as windows
from cloud.store.acknowledgements import Seen, Shelf
from cloud.store.alerts import AlertRow
from cloud.store.maintenance import Window
from cloud.store.sites import SiteRow
from protocol.rule import Severity


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    seen: Seen | None = None  # the acknowledgement that holds
    shelf: Shelf | None = None
    window: Window | None = None  # that is open over it
    window_until: int = 0
    nobody_told: bool = False


async def of_rows(
    connection: AsyncConnection,
    organisation_id: int,
    rows: Sequence[AlertRow],
    sites: Mapping[int, SiteRow],
    now: int,
) -> dict[str, Marks]:
    """Of every row; one that is over has no marks but that nobody was told."""
    there = [one for one in rows if one.is_open]
    kept = await windows.possible(connection, organisation_id, now) if there else []
    shelves = await acknowledgements.shelves(connection, organisation_id, now) if there else []
    shelved = {one.alert_id: one for one in shelves}
    seen = await acknowledged(connection, [one.id for one in there], now)
    untold = await _untold(connection, rows)
    found = {}
    for row in rows:
        window, until = _open_over(row, sites, kept, now) if row.is_open else (None, 0)
        found[row.id] = Marks(
            seen=seen.get(row.id),
            shelf=shelved.get(row.id) if row.is_open else None,
            window=window,
            window_until=until,
            nobody_told=row.id in untold,
        )
    return found


async def _untold(connection: AsyncConnection, rows: Iterable[AlertRow]) -> set[str]:
    """Critical alerts that nobody could be told of, as they stand now."""
    paged = {one.id: one.paged_by for one in rows if one.severity is Severity.CRITICAL}
    if not paged:
        return set()
    said = await notifications.among_reason(connection, paged, NOBODY_TOLD)
    return {key for key, counter in said if paged[key] == counter}


def _open_over(
    row: AlertRow, sites: Mapping[int, SiteRow], kept: Sequence[Window], now: int
) -> tuple[Window | None, int]:
    """The window over it that is open longest."""
    if row.site_id is None:
        return None, 0
    offset = offset_of(sites[row.site_id].zone)
    subject = Subject(
        alert=row.id,
        rule=row.rule_id,
        site=str(row.site_id),
        point=row.point,
        severity=row.severity,
        news_at=row.news_at,
    )
    found: tuple[Window | None, int] = None, 0
    for one in kept:
        until = maintenance.open_until(one, now, offset) if maintenance.covers(one, subject) else None
        if until is not None and until > found[1]:
            found = one, until
    return found
