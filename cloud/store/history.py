"""The readings of one point over time: raw, page by page, and as buckets for a chart."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Table, case, exists, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.readings import bucket, dirty_bucket, reading

BUCKET_MS = 15 * 60_000  # the base buckets that the roll-up keeps
BUCKETS_LIMIT = 2_000  # an answer


class Bucket(msgspec.Struct, frozen=True):
    since: int  # start, ms UTC
    min: float | None  # None: no reading in it has a value
    max: float | None
    sum: float
    count: int  # readings with a value


async def page(
    connection: AsyncConnection, point_id: int, since: int, until: int, after: int | None, limit: int
) -> list[tuple[int, float | None, int]]:
    """(at, value, quality), oldest first: from `since` inclusive to `until` exclusive, later than `after`."""
    start = since if after is None else max(since, after + 1)
    rows = await connection.execute(
        select(reading.c.at, reading.c.value, reading.c.quality)
        .where(reading.c.point_id == point_id, reading.c.at >= start, reading.c.at < until)
        .order_by(reading.c.at)
        .limit(limit)
    )
    return [(at, value, quality) for at, value, quality in rows]


async def newest(
    connection: AsyncConnection, point_id: int, since: int, until: int, limit: int
) -> list[tuple[int, float | None, int]]:
    """(at, value, quality), oldest first: the last `limit` from `since` to `until`, both inclusive."""
    rows = await connection.execute(
        select(reading.c.at, reading.c.value, reading.c.quality)
        .where(reading.c.point_id == point_id, reading.c.at >= since, reading.c.at <= until)
        .order_by(reading.c.at.desc())
        .limit(limit)
    )
    return [(at, value, quality) for at, value, quality in rows][::-1]


async def buckets(
    connection: AsyncConnection, point_id: int, since: int, until: int, step_ms: int
) -> list[Bucket]:
    """The buckets that hold something, oldest first; they start at `since` and every `step_ms` after it.

    Steps that whole base buckets fill are read from those, but for the ones that a commit touched since they
    were counted; these, and all other steps, are read from the readings.
    """
    if step_ms % BUCKET_MS == 0 and since % BUCKET_MS == 0:
        found = union_all(_counted(point_id, since, until), _touched(point_id, since, until)).subquery()
    else:
        found = _readings().where(*_within(reading, reading.c.at, point_id, since, until)).subquery()
    # Integer division on both databases: neither operand is negative.
    place = ((found.c.at - since) // step_ms).label("place")
    rows = await connection.execute(
        select(
            place,
            func.min(found.c.least),
            func.max(found.c.most),
            func.coalesce(func.sum(found.c.total), 0.0),
            func.sum(found.c.count),
        )
        .group_by(place)
        .order_by(place)
        .limit(BUCKETS_LIMIT)
    )
    return [
        Bucket(since + step * step_ms, least, most, total, count) for step, least, most, total, count in rows
    ]


def _counted(point_id: int, since: int, until: int) -> Select[Any]:
    """Base buckets that no commit touched since they were counted."""
    is_dirty = exists().where(
        dirty_bucket.c.point_id == bucket.c.point_id, dirty_bucket.c.since == bucket.c.since
    )
    return select(
        bucket.c.since.label("at"),
        bucket.c.min.label("least"),
        bucket.c.max.label("most"),
        bucket.c.sum.label("total"),
        bucket.c.count.label("count"),
    ).where(*_within(bucket, bucket.c.since, point_id, since, until), ~is_dirty)


def _touched(point_id: int, since: int, until: int) -> Select[Any]:
    """The readings of the others."""
    return (
        _readings()
        .join(
            dirty_bucket,
            (dirty_bucket.c.point_id == reading.c.point_id)
            & (reading.c.at >= dirty_bucket.c.since)
            & (reading.c.at < dirty_bucket.c.since + BUCKET_MS),
        )
        .where(
            *_within(reading, reading.c.at, point_id, since, until),
            *_within(dirty_bucket, dirty_bucket.c.since, point_id, since, until),
        )
    )


def _readings() -> Select[Any]:
    """Each as a bucket of its own; one with a fault has no value and counts none."""
    value = reading.c.value
    return select(
        reading.c.at.label("at"),
        value.label("least"),
        value.label("most"),
        value.label("total"),
        case((value.is_(None), 0), else_=1).label("count"),
    )


def _within(
    table: Table, at: ColumnElement[int], point_id: int, since: int, until: int
) -> tuple[ColumnElement[bool], ...]:
    return table.c.point_id == point_id, at >= since, at < until
