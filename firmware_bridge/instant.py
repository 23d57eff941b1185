"""Moments, as ms since 1970, UTC: now, and those that ThingSpeak writes in its exports and answers."""

import re
import time
from datetime import UTC, datetime, timedelta, timezone

from protocol.reading import EARLIEST_AT, LATEST_AT

# 2023-05-02T09:21:52+02:00, 2020-03-01 17:47:27 UTC, 2016-11-22 07:20:00 -0500, 2019-02-20T22:07:28Z
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?) ?"
    r"(?:Z|UTC|([+-])([0-9]{2}):?([0-9]{2}))"
)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def parse(text: str) -> int:
    """Raises ValueError: a time without a zone is not guessed at."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is no time with a zone")
    day, clock, sign, hours, minutes = match.groups()
    zone = timezone(_offset(sign, hours, minutes)) if sign else UTC
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no time that exists") from error
    at = (moment - _EPOCH) // _MILLISECOND
    if not EARLIEST_AT <= at < LATEST_AT:
        raise ValueError(f"{text[:40]!r} is not between the years 2000 and 2099")
    return at


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _offset(sign: str, hours: str, minutes: str) -> timedelta:
    span = timedelta(hours=int(hours), minutes=int(minutes))
    if span >= timedelta(hours=24):
        raise ValueError(f"{sign}{hours}{minutes} is no zone")
    return -span if sign == "-" else span
