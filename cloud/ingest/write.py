"""What fresh batches hold, written inside accept()'s transaction: readings, latest, dirty buckets, events."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain, repeat

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.ingest.merge import Aside, Sent, merge
from cloud.ingest.sift import FUTURE_MS, Column, Sifted
from cloud.store import events, points, readings
from cloud.store.gateways import Owner
from cloud.store.history import BUCKET_MS
from cloud.store.points import Name, PointIds, Seen
from protocol.messages import Batch

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
    keys = await ids.resolve(connection, _seen(fresh), now)
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
        known = await points.lock_latest(connection, sent)
        new, aside = await merge(connection, sent, {key: newest for key, (_, newest) in known.items()})
        if new:
            await _insert(connection, new, owners)
            sites = await _advance(connection, new, known, owners, now)
    await _keep_aside(connection, fresh, aside, owners, now)
    for one in fresh:
        await _record(connection, one, keys, now)
    return sites, Counter(one.place for one in aside)


def _seen(fresh: Sequence[Fresh]) -> dict[Name, Seen]:
    seen: dict[Name, Seen] = {}
    for one in fresh:
        sifted = one.arrived.sifted
        for point in (*(column.point for column in sifted.columns), *(point for point, _ in sifted.thinned)):
            seen[one.owner.site_id, point.name] = Seen(point, one.arrived.gateway, one.owner.organisation_id)
    return seen


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
    for key, columns in sorted(new.items()):
        owner = owners[key]
        stored = sites.setdefault(owner.site_id, Stored())
        at, greatest = known[key]
        last = columns[-1].times[-1]  # columns rise
        top = last if greatest is None else max(last, greatest)
        row = _latest(columns, now)
        if row is not None and (at is None or row[0] > at):
            latest.append((key, *row, now, top))
            stored.latest[key] = row
        elif top != greatest:
            newest.append((key, top))
        # One new reading that is the latest says all; more than that is fetched by who shows the point.
        if key not in stored.latest or len(columns) > 1 or len(columns[0].times) > 1:
            _note_late(stored, key, columns[0].times[0], last)
        dirty += [(key, since, owner.organisation_id) for since in _buckets(columns)]
    await points.save_latest(connection, latest)
    await points.save_newest(connection, newest)
    await events.mark_dirty(connection, dirty)
    return sites


def _latest(columns: Sequence[Column], now: int) -> Row | None:
    """The newest reading that is not in the future; None if there is none."""
    limit = now + FUTURE_MS
    for column in reversed(columns):
        for place in range(len(column.times) - 1, -1, -1):
            if column.times[place] <= limit:
                return column.times[place], column.values[place], column.qualities[place]
    return None


def _buckets(columns: Sequence[Column]) -> list[int]:
    """The starts of the base buckets that rising columns touch, in order."""
    places: set[int] = set()
    for column in columns:
        first, last = column.times[0] // BUCKET_MS, column.times[-1] // BUCKET_MS
        places |= {first} if first == last else {at // BUCKET_MS for at in column.times}
    return [place * BUCKET_MS for place in sorted(places)]


def _note_late(stored: Stored, key: int, first: int, last: int) -> None:
    stored.late_from = min(stored.late_from, first) if stored.late else first
    stored.late_to = max(stored.late_to, last) if stored.late else last
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
    await events.add_transitions(connection, gateway, organisation_id, batch.transitions, now)
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
