"""The readings of one point over time: raw, page by page, and as buckets for a chart."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.readings import bucket, reading

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


async def buckets(
    connection: AsyncConnection, point_id: int, since: int, until: int, step_ms: int
) -> list[Bucket]:
    """The buckets that hold something, oldest first; they start at `since` and every `step_ms` after it.

    Steps and starts that whole base buckets fill are read from those, all others from the readings.
    """
    if step_ms % BUCKET_MS == 0 and since % BUCKET_MS == 0:
        table, at = bucket, bucket.c.since
        columns: list[ColumnElement[Any]] = [
            func.min(bucket.c.min),
            func.max(bucket.c.max),
            func.sum(bucket.c.sum),
            func.sum(bucket.c.count),
        ]
    else:
        table, at = reading, reading.c.at
        value = reading.c.value
        columns = [func.min(value), func.max(value), func.coalesce(func.sum(value), 0.0), func.count(value)]
    # Integer division on both databases: neither operand is negative.
    place = ((at - since) // step_ms).label("place")
    rows = await connection.execute(
        select(place, *columns)
        .where(table.c.point_id == point_id, at >= since, at < until)
        .group_by(place)
        .order_by(place)
        .limit(BUCKETS_LIMIT)
    )
    return [
        Bucket(since + step * step_ms, least, most, total, count) for step, least, most, total, count in rows
    ]
