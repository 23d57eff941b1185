"""The readings of a point: raw, page by page, and as dense buckets for a chart."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.api.parameters import Cursor, Id, read_number
from cloud.api.shapes import Buckets, ReadingsAnswer, quality_of
from cloud.errors import Invalid, NotFound
from cloud.store import devices, history
from cloud.store.database import Database
from cloud.store.history import BUCKETS_LIMIT, Bucket
from cloud.store.sessions import Signed
from protocol.reading import EARLIEST_AT, LATEST_AT

_PAGE = 1_000
_PAGE_LIMIT = 10_000
_LONGEST_STEP_S = 366 * 24 * 3600

From = Annotated[int, QueryParameter(name="from", ge=0, le=LATEST_AT, description="inclusive, ms UTC")]
To = Annotated[int, QueryParameter(name="to", ge=0, le=LATEST_AT, description="exclusive, ms UTC")]
Limit = Annotated[int, QueryParameter(ge=1, le=_PAGE_LIMIT)]
Step = Annotated[int, QueryParameter(ge=1, le=_LONGEST_STEP_S)]


@get("/points/{point_id:int}/readings")
async def list_readings(
    point_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    since: From = EARLIEST_AT,
    until: To = LATEST_AT,
    cursor: Cursor = None,
    limit: Limit = _PAGE,
) -> ReadingsAnswer:
    after = None if cursor is None else read_number(cursor)
    async with database.reading() as connection:
        await _require(connection, signed, point_id)
        rows = await history.page(connection, point_id, since, until, after, limit + 1)
    items = [(at, value, quality_of(quality)) for at, value, quality in rows[:limit]]
    return ReadingsAnswer(items=items, next=str(items[-1][0]) if len(rows) > limit else None)


@get("/points/{point_id:int}/buckets")
async def list_buckets(
    point_id: Id,
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    since: From,
    until: To,
    step_s: Step,
) -> Buckets:
    """Steps begin at multiples of `step_s` since 1970: `from` is moved down to one, `to` up."""
    step = step_s * 1000
    start, end = since // step * step, -(-until // step) * step
    count = (end - start) // step if until > since else 0
    if not 0 < count <= BUCKETS_LIMIT:
        raise Invalid(
            f"from, to and step_s make {count} steps; 1 to {BUCKETS_LIMIT} are given: "
            "let to lie after from, and choose a longer step_s or a shorter span"
        )
    async with database.reading() as connection:
        await _require(connection, signed, point_id)
        rows = await history.buckets(connection, point_id, start, end, step)
    return _dense(rows, start, end, step_s)


async def _require(connection: AsyncConnection, signed: Signed, point_id: int) -> None:
    if await devices.find_point(connection, signed.organisation_id, point_id) is None:
        raise NotFound(f"there is no point {point_id}")


def _dense(rows: list[Bucket], start: int, end: int, step_s: int) -> Buckets:
    """One place per step; a step without a value is a gap, not a zero."""
    by_start = {row.since: row for row in rows if row.count}
    starts = list(range(start, end, step_s * 1000))
    found = [by_start.get(at) for at in starts]
    return Buckets(
        from_=start,
        to=end,
        step_s=step_s,
        at=starts,
        min=[row.min if row else None for row in found],
        avg=[row.sum / row.count if row else None for row in found],
        max=[row.max if row else None for row in found],
        count=[row.count if row else 0 for row in found],
    )
