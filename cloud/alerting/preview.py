"""What a rule would have done in the last days: stored readings, judged by the code that gateways run.

The work is bounded, and done in a thread: readings that arrive meanwhile do not wait for it. What it did not
look at is said.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import past
from cloud.alerting.past import Stored
from cloud.alerting.zones import offset_of
from cloud.errors import TooMany
from cloud.store import devices, history, origins, sites
from cloud.store.database import Database
from cloud.store.sites import SiteRow
from protocol.breaks import UNBROKEN, Breaks, breaks
from protocol.episodes import Episode, episodes
from protocol.reading import EARLIEST_AT, Point
from protocol.rule import Kind, Rule
from protocol.terms import oldest_beside, terms

DAYS = 7

_SPAN_MS = DAYS * 86_400_000
_PAGE = 5_000  # readings of one query: their rows are made on the event loop
_OFTEN = 10 * DAYS  # times at one point


class Bounds(msgspec.Struct, frozen=True):
    points: int = 50
    readings: int = 200_000  # about two seconds of one core
    seconds: float = 15.0  # after which no further point is begun


class Firing(msgspec.Struct, frozen=True):
    site: SiteRow
    point: str
    point_id: int
    episode: Episode


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    since: int  # ms UTC
    firings: list[Firing]  # newest first
    points: int  # in the rule's scope
    looked_at: int  # of these
    readings: int
    is_cut: bool  # something in its scope was not looked at
    notes: list[str]  # what was not, and what else to know


class Turns:
    """One preview at a time: they share the processor with ingest."""

    def __init__(self) -> None:
        self._is_taken = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises TooMany while another one lasts."""
        if self._is_taken:
            raise TooMany(
                "another preview is being worked out, and there is one at a time: try again in a few seconds",
                after_s=4,
            )
        self._is_taken = True
        try:
            yield
        finally:
            self._is_taken = False


class _Watched(msgspec.Struct, frozen=True):
    site: SiteRow
    point: Point
    id: int
    beside: tuple[int, Point] | None  # the second point that the rule looks at


class _Past(msgspec.Struct, frozen=True):
    stored: Stored
    beside: Stored
    since: int  # later than the span where there were too many
    is_cut: bool
    breaks: Breaks


async def preview(
    database: Database, organisation_id: int, rule: Rule, now: int, bounds: Bounds | None = None
) -> Preview:
    """`rule` has no mistakes and watches points: one over sites judges alerts."""
    limits = bounds or Bounds()
    clock = asyncio.get_running_loop().time
    until = clock() + limits.seconds
    async with database.reading() as connection:
        scope = await _scope(connection, organisation_id, rule)
    firings: list[Firing] = []
    rest, looked_at, shortened = limits.readings, 0, 0
    wanted = scope[: limits.points]
    for one in wanted:
        if clock() >= until or rest <= 0:
            break
        async with database.reading() as connection:
            found = await _read(connection, one, now, -(-rest // (len(wanted) - looked_at)))
        rest -= len(found.stored) + len(found.beside)
        firings += await asyncio.to_thread(_judge, rule, one, found, now)
        looked_at += 1
        shortened += found.is_cut
    firings.sort(key=lambda one: (one.episode.fired_at, one.site.name, one.point), reverse=True)
    return Preview(
        since=now - _SPAN_MS,
        firings=firings,
        points=len(scope),
        looked_at=looked_at,
        readings=limits.readings - rest,
        is_cut=looked_at < len(scope) or shortened > 0,
        notes=[*_missing(looked_at, len(scope), shortened), *_cautions(rule, firings)],
    )


async def _scope(connection: AsyncConnection, organisation_id: int, rule: Rule) -> list[_Watched]:
    """By site and point."""
    there = {one.id: one for one in await sites.of_organisation(connection, organisation_id)}
    ids = await devices.ids_at(connection, there.keys())
    named = {(site, point.name): point for site, point in await devices.names_at(connection, there.keys())}

    def beside(site: int, point: str) -> tuple[int, Point] | None:
        key = (site, rule.while_.point_beside(point) if rule.while_ else "")
        return (ids[key], named[key]) if key in named else None

    found = [
        _Watched(there[site], point, ids[site, name], beside(site, name))
        for (site, name), point in named.items()
        if rule.scope.reaches(str(site), there[site].tags) and rule.scope.watches(name)
    ]
    return sorted(found, key=lambda one: (one.site.name, one.site.id, one.point.name))


async def _read(connection: AsyncConnection, one: _Watched, now: int, most: int) -> _Past:
    """No more than so many readings, the newest."""
    each = most if one.beside is None else max(1, most // 2)
    stored = await _newest(connection, one.id, now, each)
    beside = await _newest(connection, one.beside[0], now, each) if one.beside else []
    cut = [some[0][0] for some in (stored, beside) if len(some) >= each]
    since = max(cut, default=await _known_since(connection, one.id, stored, now))
    broken = breaks(await origins.of_site(connection, one.site.id)).get(one.point.name, UNBROKEN)
    return _Past(stored, beside, since, bool(cut), broken)


async def _known_since(connection: AsyncConnection, point_id: int, stored: Stored, now: int) -> int:
    """A point that is new within the span was not silent before its first reading."""
    since = now - _SPAN_MS
    if await history.newest(connection, point_id, EARLIEST_AT, since - 1, 1):
        return since
    return stored[0][0] if stored else now


async def _newest(connection: AsyncConnection, point_id: int, now: int, most: int) -> Stored:
    found: list[Stored] = []
    until, rest = now, most
    while rest > 0:
        page = await history.newest(connection, point_id, now - _SPAN_MS, until, min(_PAGE, rest))
        found.append(page)
        if len(page) < min(_PAGE, rest):
            break
        until, rest = page[0][0] - 1, rest - len(page)
    return [row for page in reversed(found) for row in page]


def _judge(rule: Rule, one: _Watched, found: _Past, now: int) -> list[Firing]:
    interval_s = one.beside[1].interval_s if one.beside else None
    oldest = oldest_beside(round((interval_s or 0) * 1000))
    means = terms(rule, one.point, offset_of(one.site.zone), found.breaks)
    told = episodes(means, past.samples(found.stored, found.beside, oldest), now, now - found.since)
    return [Firing(one.site, one.point.name, one.id, episode) for episode in told]


def _missing(looked_at: int, points: int, shortened: int) -> Iterator[str]:
    if looked_at < points:
        yield f"only {looked_at} of {points} points were looked at, in the order of their sites"
    if shortened:
        many = "1 point" if shortened == 1 else f"{shortened} points"
        yield f"{many} had too many readings: only the newest were looked at"


def _cautions(rule: Rule, firings: Sequence[Firing]) -> Iterator[str]:
    often = Counter((one.site.name, one.point) for one in firings).most_common(1)
    if often and often[0][1] > _OFTEN:
        (site, point), times = often[0]
        yield f"{point} at {site} alone: {times} times, more than ten a day; give it a delay or hysteresis"
    if rule.cooldown_s and firings:
        yield "each time is counted, also those that its cooldown would join to one alert"
    if rule.kind is Kind.NO_DATA and firings:
        yield (
            "silence is what is not stored here: while the gateway itself was off, "
            "it would not have counted there"
        )
