"""Stored readings as the ingest needs them: what is there already, and what is added."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import bulk
from cloud.store.database import insert_new
from cloud.store.tables.readings import conflicting, reading

Key = tuple[int, int]  # point id, at
Span = tuple[int, int, int]  # point id, first and last time, both inclusive

_COLUMNS = ("point_id", "at", "value", "organisation_id", "quality")

# The outer bounds are for PostgreSQL's planner: it leaves out the partitions beyond them.
_OCCUPIED_PG = text("""
    SELECT s.point_id
    FROM unnest(
        CAST(CAST(:points AS text) AS int[]),
        CAST(CAST(:firsts AS text) AS bigint[]),
        CAST(CAST(:lasts AS text) AS bigint[])
    ) AS s (point_id, first, last)
    WHERE EXISTS (
        SELECT 1 FROM reading r
        WHERE r.point_id = s.point_id AND r.at BETWEEN s.first AND s.last AND r.at BETWEEN :first AND :last
    )""")
_OCCUPIED_SQLITE = text("""
    SELECT s.value ->> 0
    FROM json_each(:spans) s
    WHERE EXISTS (
        SELECT 1 FROM reading r
        WHERE r.point_id = s.value ->> 0 AND r.at BETWEEN s.value ->> 1 AND s.value ->> 2
    )""")
_VALUES_PG = text("""
    SELECT r.point_id, r.at, r.value
    FROM unnest(CAST(CAST(:points AS text) AS int[]), CAST(CAST(:times AS text) AS bigint[]))
        AS k (point_id, at)
    JOIN reading r ON r.point_id = k.point_id AND r.at = k.at
    WHERE r.at BETWEEN :first AND :last""")
# CROSS JOIN keeps SQLite from walking the readings and searching the keys.
_VALUES_SQLITE = text("""
    SELECT r.point_id, r.at, r.value
    FROM json_each(:keys) k
    CROSS JOIN reading r ON r.point_id = k.value ->> 0 AND r.at = k.value ->> 1""")


async def occupied(connection: AsyncConnection, spans: Sequence[Span]) -> set[int]:
    """The points that have a reading within their span. Only true while their sites are locked."""
    if bulk.is_postgresql(connection):
        points, firsts, lasts = zip(*spans, strict=True)
        rows = await connection.execute(
            _OCCUPIED_PG,
            {
                "points": bulk.array_text(points),
                "firsts": bulk.array_text(firsts),
                "lasts": bulk.array_text(lasts),
                "first": min(firsts),
                "last": max(lasts),
            },
        )
    else:
        rows = await connection.execute(_OCCUPIED_SQLITE, {"spans": json.dumps(spans)})
    return set(rows.scalars())


async def values_at(connection: AsyncConnection, keys: Sequence[Key]) -> dict[Key, float | None]:
    """The values of those keys that are stored."""
    if bulk.is_postgresql(connection):
        points, times = zip(*keys, strict=True)
        rows = await connection.execute(
            _VALUES_PG,
            {
                "points": bulk.array_text(points),
                "times": bulk.array_text(times),
                "first": min(times),
                "last": max(times),
            },
        )
    else:
        rows = await connection.execute(_VALUES_SQLITE, {"keys": json.dumps(keys)})
    return {(point, at): value for point, at, value in rows}


async def insert(connection: AsyncConnection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add readings that are not there: (point id, at, value, organisation id, quality)."""
    await bulk.copy(connection, reading, _COLUMNS, rows)


async def keep_aside(connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> None:
    """Add readings whose key has another value."""
    await insert_new(connection, conflicting, rows)
