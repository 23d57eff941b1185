"""Moments, as ms since 1970, UTC: now, those that ThingSpeak writes in its exports and answers, and what
every other grammar of moments needs too.
"""

import re
import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from protocol.reading import EARLIEST_AT, LATEST_AT

# 2023-05-02T09:21:52+02:00, 2020-03-01 17:47:27 UTC, 2016-11-22 07:20:00 -0500, 2019-02-20T22:07:28Z
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?) ?"
    r"(?:Z|UTC|([+-])([0-9]{2}):?([0-9]{2}))"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_ZONE_LIMIT = 64  # characters; the longest name of a zone has 32


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def parse(text: str) -> int:
    """Raises ValueError: a time without a zone is not guessed at."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is no time with a zone")
    day, clock, sign, hours, minutes = match.groups()
    zone = offset(sign, hours, minutes) if sign else UTC
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no time that exists") from error
    at = ms_of(moment)
    if not EARLIEST_AT <= at < LATEST_AT:
        raise ValueError(f"{text[:40]!r} is not between the years 2000 and 2099")
    return at


def ms_of(moment: datetime) -> int:
    """Of one that has a zone."""
    return (moment - _EPOCH) // _MILLISECOND


def offset(sign: str, hours: str, minutes: str) -> timezone:
    """Ahead of UTC, behind it where the sign is a minus. Raises ValueError."""
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    if ahead >= timedelta(hours=24):
        raise ValueError(f"{sign}{hours}{minutes} is no zone")
    return timezone(-ahead if sign == "-" else ahead)


def zone_of(name: str) -> tzinfo:
    """The zone with this IANA name. Raises ValueError."""
    name = name.strip()
    if name in ("UTC", "Etc/UTC"):
        return UTC  # written as Z, not as +00:00
    sentence = f"timezone {name[:40]!r} is not known here; write it as Asia/Kolkata"
    if len(name) > _ZONE_LIMIT or not _ZONE.fullmatch(name):
        raise ValueError(sentence)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # KeyError: not found
        raise ValueError(sentence) from error
