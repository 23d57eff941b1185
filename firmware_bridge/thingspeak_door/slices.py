"""Draws entries together, each slice of time into one item. Pure.

A slice without entries is an item without values. Where ThingSpeak divides an average by the entries of a
slice, with text counting as 0, here only numbers are counted: nothing missing is shown as 0.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from firmware_bridge.thingspeak_door.numbers import Number, number, text_of
from firmware_bridge.thingspeak_door.query import RESULTS_LIMIT, Slices

Values = tuple[str | None, ...]  # of field1, field2 ...


class Item(NamedTuple):
    at: int  # ms UTC, of a slice its beginning
    values: Values


def draw(items: Sequence[Item], slices: Slices, zone: tzinfo) -> list[Item]:
    """`items` are sorted by time; of more than RESULTS_LIMIT slices the newest are given.

    Slices begin at whole multiples of their width on the clock of `zone`, so a day begins at its midnight
    (as it is at the newest item: summer time shifts no slice).
    """
    if not items:
        return []
    width, ahead = slices.width_ms, _ahead_ms(zone, items[-1].at)
    found: dict[int, list[Values]] = {}
    for item in items:
        found.setdefault(_floor(item.at + ahead, width) - ahead, []).append(item.values)
    newest = max(found)
    oldest = max(min(found), newest - (RESULTS_LIMIT - 1) * width)
    nothing: Values = (None,) * len(items[0].values)
    take = _STATISTICS[slices.statistic]
    return [
        Item(at, tuple(map(take, zip(*found[at], strict=True))) if at in found else nothing)
        for at in range(oldest, newest + 1, width)
    ]


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _of_numbers(combine: Callable[[list[float]], float]) -> Callable[[Iterable[str | None]], str | None]:
    def take(values: Iterable[str | None]) -> str | None:
        numbers: list[Number] = [found for found in map(number, values) if found]
        if not numbers:
            return None
        value = combine([found.value for found in numbers])
        return text_of(value, any(found.comma for found in numbers)) if math.isfinite(value) else None

    return take


def _average(values: list[float]) -> float:
    return sum(values) / len(values)


_STATISTICS: dict[str, Callable[[Iterable[str | None]], str | None]] = {
    "timescale": _first,
    "sum": _of_numbers(sum),
    "average": _of_numbers(_average),
    "median": _of_numbers(statistics.median),
}


def _ahead_ms(zone: tzinfo, at: int) -> int:
    ahead = datetime.fromtimestamp(at // 1000, UTC).astimezone(zone).utcoffset()
    return round(ahead.total_seconds() * 1000) if ahead else 0


def _floor(at: int, width: int) -> int:
    return at // width * width
