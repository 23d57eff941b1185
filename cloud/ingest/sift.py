"""Which readings of a batch can be taken, and as what. Pure: it is given the time and knows no database."""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import lt

import msgspec

from protocol import codec
from protocol.messages import Batch, Series, Thinned
from protocol.reading import EARLIEST_AT, FUTURE_MS, LATEST_AT, Point, Quality

DAY_MS = 86_400_000

_POINT_NAME = re.compile(r"[^\x00-\x1f/]{1,64}/[^\x00-\x1f]{1,64}")


class Rejected(msgspec.Struct, frozen=True):
    """A reading that can't be taken, or a thinned bucket."""

    place: int  # in the batch, counted over its series and then its thinned buckets
    code: str
    point: str  # as sent
    at: int
    value: float | None


class Column(msgspec.Struct, frozen=True):
    """The good readings of one series, in its order: columns, since rows would cost a struct a reading."""

    point: Point
    times: list[int]
    values: list[float | None]
    qualities: list[int]
    rises: bool  # each time is later than the one before it

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last time."""
        return (self.times[0], self.times[-1]) if self.rises else (min(self.times), max(self.times))


class Sifted(msgspec.Struct, frozen=True):
    """What of a batch is taken, and what is recorded as rejected."""

    columns: list[Column]
    thinned: list[tuple[Point, Thinned]]
    rejected: list[Rejected]

    @property
    def readings(self) -> int:
        """How many are taken."""
        return sum(len(column.times) for column in self.columns)

    @property
    def days(self) -> set[int]:
        """The days since 1970, UTC, that they fall on."""
        days: set[int] = set()
        for column in self.columns:
            first, last = column.span
            if first // DAY_MS == last // DAY_MS:
                days.add(first // DAY_MS)
            else:
                days.update(at // DAY_MS for at in column.times)
        return days


def sift(batch: Batch, now: int) -> Sifted:
    """Everything about a batch that needs no database."""
    sifted = Sifted([], [], [])
    place = 0
    for series in batch.series:
        code, name = _bad_point(batch, series.point)
        if code:
            sifted.rejected.extend(_rejected_whole(series, place, code, name))
        else:
            column, bad = _sift_series(series, place, batch.points[series.point], now)
            if column.times:
                sifted.columns.append(column)
            sifted.rejected.extend(bad)
        place += len(series.values)
    for row in batch.thinned:
        code, name = _bad_point(batch, row.point)
        if code:
            sifted.rejected.append(Rejected(place, code, name, row.since, row.mean))
        else:
            sifted.thinned.append((batch.points[row.point], row))
        place += 1
    return sifted


def _bad_point(batch: Batch, place: int) -> tuple[str | None, str]:
    """Why this entry of the points table can't be used, and its name."""
    if place >= len(batch.points):
        return "no_such_series", ""
    name = batch.points[place].name
    return (None if _is_point_name(name) else "bad_point_name"), name


@lru_cache(maxsize=10_000)  # every batch of a gateway names the same ones
def _is_point_name(name: str) -> bool:
    return _POINT_NAME.fullmatch(name) is not None


def _sift_series(series: Series, place: int, point: Point, now: int) -> tuple[Column, list[Rejected]]:
    times, values, qualities = codec.times(series), codec.values(series), codec.qualities(series)
    column = Column(point, times, values, qualities, rise(times))
    if _all_good(column, now):
        return column, []
    rows: list[tuple[int, float | None, int]] = []
    bad: list[Rejected] = []
    for offset, (at, value, quality) in enumerate(zip(times, values, qualities, strict=True)):
        code = _why_not(at, value, quality)
        if code:
            bad.append(Rejected(place + offset, code, point.name, at, value))
        else:
            uncertain = Quality.CLOCK_UNCERTAIN if at > now + FUTURE_MS else 0
            rows.append((at, value, int(quality | uncertain)))
    return column_of(point, rows), bad


def column_of(point: Point, rows: Sequence[tuple[int, float | None, int]]) -> Column:
    """Rows (at, value, quality) as a column."""
    times, values, qualities = map(list, zip(*rows, strict=True)) if rows else ([], [], [])
    return Column(point, times, values, qualities, rise(times))


def rise(times: Sequence[int]) -> bool:
    return all(map(lt, times, islice(times, 1, None)))


def _all_good(column: Column, now: int) -> bool:
    """The common case, without a look at each reading: a sum is finite only if all its terms are."""
    first, last = column.span
    return (
        first >= EARLIEST_AT
        and last <= min(now + FUTURE_MS, LATEST_AT - 1)
        and None not in column.values
        and math.isfinite(sum(column.values))  # type: ignore[arg-type]
    )


def _why_not(at: int, value: float | None, quality: int) -> str | None:
    if not EARLIEST_AT <= at < LATEST_AT:
        return "time_out_of_range"
    if value is None:
        return None if quality & Quality.FAULT else "no_value"
    return None if math.isfinite(value) else "not_finite"


def _rejected_whole(series: Series, place: int, code: str, name: str) -> Iterator[Rejected]:
    for offset, (at, value) in enumerate(zip(codec.times(series), codec.values(series), strict=True)):
        yield Rejected(place + offset, code, name, at, value)
