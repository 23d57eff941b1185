"""Late readings as history: when an alert truly began. Pages nobody and changes no alert's state.

Driven by timers that merging sets, one for each alert: a look after a while, and more of them as long as its
gateway has a backlog. So a reading costs nothing, and an alert a few hundred readings of its own point.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import past
from cloud.alerting.past import Stored
from cloud.alerting.zones import offset_of
from cloud.store import alerts, contacts, history, origins, points, rules, sites, timers
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.timers import HISTORY, Timer
from protocol.breaks import UNBROKEN, breaks
from protocol.episodes import LATE_HORIZON, episodes, true_began
from protocol.rule import Kind
from protocol.terms import Terms, oldest_beside, terms

FIRST_MS = 300_000  # after the alert was heard of
NEXT_MS = 600_000
ENOUGH_MS = 1_800_000  # after which only a backlog keeps us looking

_SAMPLES = 10_000  # of a point; the newest before it fired
_KINDS = {Kind.THRESHOLD, Kind.RATE, Kind.AGGREGATE, Kind.FAULT}


class _Known(msgspec.Struct, frozen=True):
    """What there is to judge an alert by once more."""

    terms: Terms
    stored: Stored
    beside: Stored  # of the second point that its rule looks at
    oldest_beside: int  # ms


async def expect(connection: AsyncConnection, rows: Sequence[AlertRow], now: int) -> None:
    """Alerts were made: look at their past before long."""
    due_at = now + FIRST_MS
    await timers.start_new(
        connection,
        [
            Timer(HISTORY, row.id, row.organisation_id, due_at)
            for row in rows
            if row.kind in _KINDS and row.site_id is not None
        ],
    )


async def look(database: Database, worker: str, now: int) -> set[str]:
    """Look at the past of the alerts whose turn it is; those that began earlier than was known."""
    changed: set[str] = set()
    due = await database.write(lambda connection: timers.claim(connection, worker, (HISTORY,), now, limit=20))
    for one in due:
        async with database.reading() as connection:
            row = (await alerts.among(connection, [one.subject])).get(one.subject)
            known = await _known(connection, row) if row else None
        began = await asyncio.to_thread(_began, row, known) if row and known else None
        if await database.write(partial(_keep, worker=worker, one=one, row=row, began=began, now=now)):
            changed.add(one.subject)
    return changed


async def _known(connection: AsyncConnection, row: AlertRow) -> _Known | None:
    version = (row.rule_id, row.rule_version)
    rule = (await rules.bodies(connection, row.organisation_id, [version])).get(version)
    at = await sites.find(connection, row.organisation_id, row.site_id or 0)
    if rule is None or at is None:
        return None
    found = await points.named(connection, at.id, row.point)
    if found is None:
        return None
    beside: Stored = []
    interval_s: float | None = None
    if rule.while_ and (second := await points.named(connection, at.id, rule.while_.point_beside(row.point))):
        beside = await _stored(connection, second[0], row)
        interval_s = second[1].interval_s
    broken = breaks(await origins.of_site(connection, at.id)).get(row.point, UNBROKEN)
    means = terms(rule, found[1], offset_of(at.zone), broken)
    stored = await _stored(connection, found[0], row)
    return _Known(means, stored, beside, oldest_beside(round((interval_s or 0) * 1000)))


async def _stored(connection: AsyncConnection, point_id: int, row: AlertRow) -> Stored:
    since, until = row.fired_at - LATE_HORIZON, row.fired_at
    return await history.newest(connection, point_id, since, until, _SAMPLES)


def _began(row: AlertRow, known: _Known) -> int:
    samples = past.samples(known.stored, known.beside, known.oldest_beside)
    told = episodes(known.terms, samples, row.fired_at)
    return min(row.began, true_began(told, row.fired_at))


async def _keep(
    connection: AsyncConnection, worker: str, one: Timer, row: AlertRow | None, began: int | None, now: int
) -> bool:
    """Whether that is news."""
    if not await timers.finish(connection, worker, one) or row is None:
        return False
    known = row.began if row.true_began is None else row.true_began
    if began is not None and began < known:
        await alerts.set_true_began(connection, row.id, began)
    if now - row.received_at < ENOUGH_MS or await contacts.has_backlog(connection, row.gateway_id):
        await timers.start_sooner(connection, Timer(HISTORY, row.id, row.organisation_id, now + NEXT_MS))
    return began is not None and began < known
