"""Readings of fresh batches against what is stored: new, the same again, or in conflict.

The caller holds the points' sites locked, so nobody else adds readings of theirs meanwhile.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.ingest.sift import Column, column_of
from cloud.store import readings

Sent = tuple[int, Column]  # place of its batch in the group; its readings of one point


class Aside(msgspec.Struct, frozen=True):
    """A reading whose (point, at) has another value."""

    place: int  # of its batch in the group
    point_id: int
    at: int
    value: float | None
    quality: int


async def merge(
    connection: AsyncConnection, sent: dict[int, list[Sent]], newest: dict[int, int | None]
) -> tuple[dict[int, list[Column]], list[Aside]]:
    """What is new, by point id, and what conflicts; equal readings are in neither.

    The columns that come back rise in time and overlap neither each other nor anything stored. `newest`:
    the greatest time of each point. Most points take no look at the readings, most others only one.
    """
    new: dict[int, list[Column]] = {}
    doubtful: dict[int, list[Sent]] = {}
    for point_id, columns in sent.items():
        if _rise([column for _, column in columns], newest[point_id]):
            new[point_id] = [column for _, column in columns]
        else:
            doubtful[point_id] = columns
    if not doubtful:
        return new, []
    # A backlog fills gaps: it is older than the newest, and yet nothing is where it belongs.
    occupied = await readings.occupied(connection, [_span(key, columns) for key, columns in doubtful.items()])
    crowded: dict[int, list[Sent]] = {}
    for point_id, columns in doubtful.items():
        in_order = sorted((column for _, column in columns), key=lambda column: column.times[0])
        if point_id not in occupied and _rise(in_order, None):
            new[point_id] = in_order
        else:
            crowded[point_id] = columns
    if not crowded:
        return new, []
    known = await readings.values_at(
        connection,
        [(key, at) for key, columns in crowded.items() for _, column in columns for at in column.times],
    )
    aside: list[Aside] = []
    for point_id, columns in crowded.items():
        column, conflicts = _single(point_id, columns, known)
        if column.times:
            new[point_id] = [column]
        aside.extend(conflicts)
    return new, aside


def _rise(columns: Sequence[Column], floor: int | None) -> bool:
    """Whether these can't repeat anything: strictly rising from one to the next, all above the floor."""
    for column in columns:
        if not column.rises or (floor is not None and column.times[0] <= floor):
            return False
        floor = column.times[-1]
    return True


def _span(point_id: int, columns: Sequence[Sent]) -> readings.Span:
    spans = [column.span for _, column in columns]
    return point_id, min(first for first, _ in spans), max(last for _, last in spans)


def _single(
    point_id: int, columns: Sequence[Sent], known: dict[readings.Key, float | None]
) -> tuple[Column, list[Aside]]:
    """The readings of one point, each time once: the stored one stays, then the first that came."""
    fresh: dict[int, tuple[float | None, int]] = {}
    aside: list[Aside] = []
    for place, column in columns:
        for at, value, quality in zip(column.times, column.values, column.qualities, strict=True):
            if (point_id, at) in known:
                there = known[point_id, at]
            elif at in fresh:
                there = fresh[at][0]
            else:
                fresh[at] = value, quality
                continue
            if there != value:
                aside.append(Aside(place, point_id, at, value, quality))
    return column_of(columns[0][1].point, [(at, *fresh[at]) for at in sorted(fresh)]), aside
