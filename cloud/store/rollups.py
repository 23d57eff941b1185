"""Base buckets of 15 minutes, counted again from the readings where a commit touched them."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.database import insert_into
from cloud.store.history import BUCKET_MS
from cloud.store.tables.readings import bucket, dirty_bucket, reading

_BUCKETS_AT_ONCE = 500

Dirty = tuple[int, int]  # point, start


async def roll_up(connection: AsyncConnection, now: int) -> int:
    """Count some dirty buckets that are over; how many, 0 when there are none that are free.

    The rows are locked first and the readings read after: a commit that marks one of them again waits, and
    then marks it anew. What somebody holds is left for the next round, so that processes share the work.
    """
    rows = await connection.execute(
        select(dirty_bucket.c.point_id, dirty_bucket.c.since)
        .where(dirty_bucket.c.since <= now - BUCKET_MS)
        .order_by(dirty_bucket.c.point_id, dirty_bucket.c.since)
        .limit(_BUCKETS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    dirty = [(point, since) for point, since in rows]
    if dirty:
        await _count(connection, dirty)
        await connection.execute(
            delete(dirty_bucket).where(tuple_(dirty_bucket.c.point_id, dirty_bucket.c.since).in_(dirty))
        )
    return len(dirty)


async def _count(connection: AsyncConnection, dirty: Sequence[Dirty]) -> None:
    counted = (
        select(
            dirty_bucket.c.point_id,
            dirty_bucket.c.since,
            dirty_bucket.c.organisation_id,
            func.min(reading.c.value),
            func.max(reading.c.value),
            func.coalesce(func.sum(reading.c.value), 0.0),
            func.count(reading.c.value),
        )
        .select_from(dirty_bucket)
        .outerjoin(
            reading,
            (reading.c.point_id == dirty_bucket.c.point_id)
            & (reading.c.at >= dirty_bucket.c.since)
            & (reading.c.at < dirty_bucket.c.since + BUCKET_MS),
        )
        .where(tuple_(dirty_bucket.c.point_id, dirty_bucket.c.since).in_(dirty))
        .group_by(dirty_bucket.c.point_id, dirty_bucket.c.since, dirty_bucket.c.organisation_id)
    )
    columns = ["point_id", "since", "organisation_id", "min", "max", "sum", "count"]
    new = insert_into(connection, bucket).from_select(columns, counted)
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=["point_id", "since"],
            set_={name: new.excluded[name] for name in ("min", "max", "sum", "count")},
        )
    )
