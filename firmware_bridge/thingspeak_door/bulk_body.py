"""Takes a bulk update apart, JSON or CSV: its key, and each update with its time. Pure.

A `delta_t` counts from the update before it. Where no update has a time of its own, the last one was measured
when the request came, and the others so much earlier: a device that sends its buffer has just measured.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from itertools import accumulate
from typing import TypeVar

import msgspec

from firmware_bridge.fields import number
from firmware_bridge.history import FIELDS
from firmware_bridge.thingspeak_door import moment
from firmware_bridge.thingspeak_door.parameters import as_json, texts_of
from protocol.reading import EARLIEST_AT, LATEST_AT

UPDATES_LIMIT = 14_400  # ThingSpeak's, for those who pay

_LONGEST_S = 31_622_400.0  # a year
_COLUMNS = (*(f"field{n}" for n in range(1, FIELDS + 1)), "latitude", "longitude", "elevation", "status")

T = TypeVar("T")


class BadBulk(Exception):
    """It is refused whole; what is wrong with it."""

    status = 400  # of the answer


class TooMany(BadBulk):
    status = 413


class Update(msgspec.Struct, frozen=True):
    """One of many."""

    values: Mapping[str, str]
    at: int  # ms UTC
    has_own_time: bool


class _Bulk(msgspec.Struct, frozen=True):
    updates: list[dict[str, msgspec.Raw]]
    write_api_key: str = ""


_BULK = msgspec.json.Decoder(_Bulk)


def from_json(body: bytes, now: int) -> tuple[str, list[Update]]:
    """The key that stands in it, and the updates. Raises BadBulk."""
    try:
        bulk = _BULK.decode(as_json(body).strip(b" \t\r\n\0"))
        records = [texts_of(record) for record in _few(bulk.updates)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadBulk(f"no bulk update: {error}") from error
    return bulk.write_api_key, _timed(records, UTC, now)


def from_csv(parameters: Mapping[str, str], now: int) -> tuple[str, list[Update]]:
    """The same of a form, whose `updates` has one update between two bars."""
    time = "delta_t" if parameters.get("time_format", "").strip().lower() == "relative" else "created_at"
    lines = [line for line in map(str.strip, parameters.get("updates", "").split("|")) if line]
    records = [_record(line, time) for line in _few(lines)]
    return parameters.get("write_api_key", ""), _timed(records, moment.zone_or_utc(parameters), now)


def _few(updates: Sequence[T]) -> Sequence[T]:
    if not updates:
        raise BadBulk("there are no updates")
    if len(updates) > UPDATES_LIMIT:
        raise TooMany(f"{len(updates)} updates; send at most {UPDATES_LIMIT} at a time")
    return updates


def _record(line: str, time: str) -> dict[str, str]:
    """An empty place was not sent; a comma in the status, which is the last one, is its own."""
    cells = [cell.strip() for cell in line.split(",", len(_COLUMNS))]
    return {key: cell for key, cell in zip((time, *_COLUMNS), cells, strict=False) if cell}


def _timed(records: Sequence[dict[str, str]], zone: tzinfo, now: int) -> list[Update]:
    if any("created_at" in record for record in records):
        times = _absolute(records, zone)
    else:
        times = _relative(records, now)
    if not all(EARLIEST_AT <= at < LATEST_AT for at in times):
        raise BadBulk("a time that is not between the years 2000 and 2099")
    return [Update(record, at, "created_at" in records[0]) for record, at in zip(records, times, strict=True)]


def _absolute(records: Sequence[dict[str, str]], zone: tzinfo) -> list[int]:
    times: list[int] = []
    for place, record in enumerate(records, 1):
        if "created_at" in record:
            try:
                times.append(moment.parse(record["created_at"], zone))
            except ValueError as error:
                raise BadBulk(f"update {place}: {error}") from error
        elif times:
            times.append(times[-1] + _delta_ms(record, place))
        else:
            raise BadBulk("the first update has no created_at, a later one has")
    return times


def _relative(records: Sequence[dict[str, str]], now: int) -> list[int]:
    spans = [_delta_ms(record, place) for place, record in enumerate(records, 1)]
    return list(accumulate(spans[1:], initial=now - sum(spans[1:])))


def _delta_ms(record: Mapping[str, str], place: int) -> int:
    try:
        delta_s = number(record.get("delta_t"))
    except ValueError:
        delta_s = None
    if delta_s is None or not 0 <= delta_s <= _LONGEST_S:
        raise BadBulk(f"update {place} has no created_at and no delta_t in seconds")
    return round(delta_s * 1000)
