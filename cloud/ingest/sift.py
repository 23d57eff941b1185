"""Which readings of a batch can be taken, and as what. Pure: it is given the time and knows no database."""

import math
import re
from collections.abc import Iterator

import msgspec

from protocol import codec
from protocol.messages import Batch, Series
from protocol.reading import EARLIEST_AT, LATEST_AT, Point, Quality

FUTURE_MS = 5 * 60_000  # a clock that is further ahead is wrong; such a reading is never the latest

_POINT_NAME = re.compile(r"[^\x00-\x1f/]{1,64}/[^\x00-\x1f]{1,64}")

Row = tuple[int, float | None, int]  # at, value, quality


class Rejected(msgspec.Struct, frozen=True):
    """A reading that can't be taken."""

    place: int  # in the batch, counted over its series
    code: str
    point: str  # as sent
    at: int
    value: float | None


class Column(msgspec.Struct, frozen=True):
    """The good readings of one series."""

    point: Point
    rows: list[Row]


def sift(batch: Batch, now: int) -> tuple[list[Column], list[Rejected]]:
    """The readings of a batch, sorted into those that are taken and those that are recorded as rejected."""
    columns: list[Column] = []
    rejected: list[Rejected] = []
    place = 0
    for series in batch.series:
        if series.point >= len(batch.points):
            rejected.extend(_rejected_whole(series, place, "no_such_series", ""))
        elif not _POINT_NAME.fullmatch(name := batch.points[series.point].name):
            rejected.extend(_rejected_whole(series, place, "bad_point_name", name))
        else:
            point = batch.points[series.point]
            rows, bad = _sift_series(series, place, point.name, now)
            if rows:
                columns.append(Column(point, rows))
            rejected.extend(bad)
        place += len(series.values)
    return columns, rejected


def _sift_series(series: Series, place: int, name: str, now: int) -> tuple[list[Row], list[Rejected]]:
    times, values, qualities = codec.times(series), codec.values(series), codec.qualities(series)
    if _all_good(times, values, now):
        return list(zip(times, values, qualities, strict=True)), []
    rows: list[Row] = []
    bad: list[Rejected] = []
    for offset, (at, value, quality) in enumerate(zip(times, values, qualities, strict=True)):
        code = _why_not(at, value, quality)
        if code:
            bad.append(Rejected(place + offset, code, name, at, value))
        else:
            uncertain = Quality.CLOCK_UNCERTAIN if at > now + FUTURE_MS else 0
            rows.append((at, value, int(quality | uncertain)))
    return rows, bad


def _all_good(times: list[int], values: list[float | None], now: int) -> bool:
    """The common case, without a look at each reading: a sum is finite only if all its terms are."""
    return (
        None not in values
        and math.isfinite(sum(values))  # type: ignore[arg-type]
        and min(times) >= EARLIEST_AT
        and max(times) <= min(now + FUTURE_MS, LATEST_AT - 1)
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
