"""What fresh batches hold, written inside accept()'s transaction: readings, latest, dirty buckets, events."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain, repeat

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.ingest.merge import Aside, Sent, merge
from cloud.ingest.sift import Column, Sifted
from cloud.store import events, points, readings
from cloud.store import sites as site_rows
from cloud.store.gateways import Owner
from cloud.store.history import BUCKET_MS
from cloud.store.points import Name, PointIds, Seen
from protocol.messages import Batch
from protocol.reading import FUTURE_MS

Row = tuple[int, float | None, int]  # at, value, quality


class Arrived(msgspec.Struct, frozen=True):
    """A batch and who sent it, by the connection's credential and not by what it says."""

    gateway: str
    batch: Batch
    digest: str  # of its body
    payload: bytes  # as it came, for the case that it must be kept with the cause
    sifted: Sifted


class Fresh(msgspec.Struct, frozen=True):
    """A batch that was never counted."""

    place: int  # in the group
    owner: Owner
    arrived: Arrived


class Stored(msgspec.Struct):
    """What a commit brought to one site, for the live view."""

    latest: dict[int, Row] = {}  # by point id: readings that became the latest
    late: set[int] = set()  # points that got more, or other ones: older, or in the future
    late_from: int = 0  # the span of those, ms UTC
    late_to: int = 0


async def write(
    connection: AsyncConnection, ids: PointIds, fresh: Sequence[Fresh], now: int
) -> tuple[dict[int, Stored], Counter[int]]:
    """Returns what the live view shows, by site, and how many readings conflict, by place in the group."""
    if not fresh:
        return {}, Counter()
    await site_rows.lock(connection, {one.owner.site_id for one in fresh})
    keys = await _resolve(connection, ids, fresh, now)
    sent: dict[int, list[Sent]] = defaultdict(list)
    owners: dict[int, Owner] = {}
    for one in fresh:
        for column in one.arrived.sifted.columns:
            key = keys[one.owner.site_id, column.point.name]
            sent[key].append((one.place, column))
            owners[key] = one.owner
    aside: list[Aside] = []
    sites: dict[int, Stored] = {}
    if sent:
        known = await points.newest_of(connection, sent)
        new, aside = await merge(connection, sent, {key: newest for key, (_, newest) in known.items()})
        if new:
            await _insert(connection, new, owners)
            sites = await _advance(connection, new, known, owners, now)
    await _keep_aside(connection, fresh, aside, owners, now)
    for one in fresh:
        await _record(connection, one, keys, now)
    return sites, Counter(one.place for one in aside)


async def _resolve(
    connection: AsyncConnection, ids: PointIds, fresh: Sequence[Fresh], now: int
) -> dict[Name, int]:
    """The id of every point that has readings or thinned buckets."""
    keys: dict[Name, int] = {}
    seen: dict[Name, Seen] = {}
    for one in fresh:
        gateway, owner, sifted = one.arrived.gateway, one.owner, one.arrived.sifted
        for point in (*(column.point for column in sifted.columns), *(point for point, _ in sifted.thinned)):
            name = owner.site_id, point.name
            key = ids.known(name, point, gateway)
            if key is None:
                seen[name] = Seen(point, gateway, owner.organisation_id)
            else:
                keys[name] = key
    return keys | await ids.resolve(connection, seen, now) if seen else keys


async def _insert(
    connection: AsyncConnection, new: dict[int, list[Column]], owners: dict[int, Owner]
) -> None:
    rows = chain.from_iterable(
        zip(
            repeat(key),
            column.times,
            column.values,
            repeat(owners[key].organisation_id),
            column.qualities,
        )
        for key, columns in new.items()
        for column in columns
    )
    await readings.insert(connection, rows)


async def _advance(
    connection: AsyncConnection,
    new: dict[int, list[Column]],
    known: dict[int, tuple[int | None, int | None]],
    owners: dict[int, Owner],
    now: int,
) -> dict[int, Stored]:
    """Move the latest values forward, never back and never into the future; mark the touched buckets."""
    sites: dict[int, Stored] = {}
    latest: list[tuple[int, int, float | None, int, int, int]] = []
    newest: list[tuple[int, int]] = []
    dirty: list[tuple[int, int, int]] = []
    limit = now + FUTURE_MS
    for key, columns in sorted(new.items()):
        owner = owners[key]
        stored = sites.setdefault(owner.site_id, Stored())
        at, greatest = known[key]
        first, last = columns[0].times[0], columns[-1].times[-1]  # columns rise
        row = _latest(columns, limit)
        if row is not None and (at is None or row[0] > at):
            latest.append((key, *row, now, last if greatest is None or last > greatest else greatest))
            stored.latest[key] = row
            # One new reading that is the latest says all; more than that is fetched by who shows the point.
            is_late = first != last
        else:
            if greatest is None or last > greatest:
                newest.append((key, last))
            is_late = True
        if is_late:
            _note_late(stored, key, first, last)
        dirty += [(key, since, owner.organisation_id) for since in _buckets(columns)]
    await points.save_latest(connection, latest)
    await points.save_newest(connection, newest)
    await events.mark_dirty(connection, dirty)
    return sites


def _latest(columns: Sequence[Column], limit: int) -> Row | None:
    """The newest reading up to `limit`; None if there is none."""
    for column in reversed(columns):
        place = -1 if column.times[-1] <= limit else bisect_right(column.times, limit) - 1
        if place >= 0 or column.times[-1] <= limit:
            return column.times[place], column.values[place], column.qualities[place]
    return None


def _buckets(columns: Sequence[Column]) -> list[int]:
    """The starts of the base buckets that rising columns touch, in order."""
    starts: list[int] = []
    for column in columns:
        place = 0
        while place < len(column.times):
            start = column.times[place] // BUCKET_MS * BUCKET_MS
            if not starts or starts[-1] != start:
                starts.append(start)
            place = bisect_left(column.times, start + BUCKET_MS, place)
    return starts


def _note_late(stored: Stored, key: int, first: int, last: int) -> None:
    if not stored.late or first < stored.late_from:
        stored.late_from = first
    if last > stored.late_to:
        stored.late_to = last
    stored.late.add(key)


async def _keep_aside(
    connection: AsyncConnection,
    fresh: Sequence[Fresh],
    aside: Sequence[Aside],
    owners: dict[int, Owner],
    now: int,
) -> None:
    by_place = {one.place: one.arrived for one in fresh}
    await readings.keep_aside(
        connection,
        [
            {
                "organisation_id": owners[one.point_id].organisation_id,
                "point_id": one.point_id,
                "at": one.at,
                "value": one.value,
                "quality": one.quality,
                "gateway_id": by_place[one.place].gateway,
                "epoch": by_place[one.place].batch.epoch,
                "number": by_place[one.place].batch.number,
                "received_at": now,
            }
            for one in aside
        ],
    )


async def _record(connection: AsyncConnection, one: Fresh, keys: dict[Name, int], now: int) -> None:
    gateway, batch, sifted = one.arrived.gateway, one.arrived.batch, one.arrived.sifted
    organisation_id, site_id = one.owner.organisation_id, one.owner.site_id
    await events.add_transitions(connection, gateway, organisation_id, batch.transitions, batch.epoch, now)
    await events.add_losses(connection, gateway, organisation_id, batch.losses)
    thinned = [(keys[site_id, point.name], row) for point, row in sifted.thinned]
    await events.add_thinned(connection, organisation_id, thinned)
    await events.add_rejected(
        connection,
        [
            {
                "gateway_id": gateway,
                "epoch": batch.epoch,
                "number": batch.number,
                "place": bad.place,
                "organisation_id": organisation_id,
                "code": bad.code,
                "point": bad.point,
                "at": str(bad.at),
                "value": str(bad.value),
                "received_at": now,
            }
            for bad in sifted.rejected
        ],
    )
