"""Moments as ThingSpeak's clients write them, and the zones that they name. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

# 2017-07-15 10:26:00 +0530, 2017-07-15T10:26:00.123Z, 2017-07-15 10:26, 2017-07-15. A plus in an address
# that nobody encoded arrives as a blank: "T10:26:00 05:30".
_WRITTEN = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|UTC|GMT|([+ -])(\d{2}):?(\d{2}))?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH_S = re.compile(r"\d{9,10}", re.ASCII)  # 1973 to 2286
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_ZONE_LIMIT = 64  # characters; the longest name of a zone has 32

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def parse(text: str, zone: tzinfo) -> int:
    """ms UTC; a time that names no zone is read in `zone`. Raises ValueError."""
    text = text.strip()
    if _EPOCH_S.fullmatch(text):
        return int(text) * 1000
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no time")
    day, hours, minutes, seconds, part, named, sign, ahead_h, ahead_min = match.groups()
    if named:
        zone = _ahead(sign, int(ahead_h), int(ahead_min)) if sign else UTC
    clock = f"{(hours or '0').zfill(2)}:{minutes or '00'}:{seconds or '00'}.{(part or '').ljust(6, '0')[:6]}"
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
        return (moment - _START) // _MILLISECOND
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is no time that exists") from error


def zone_of(name: str) -> tzinfo:
    """The zone with this IANA name. Raises ValueError."""
    name = name.strip()
    if name in ("UTC", "Etc/UTC"):
        return UTC  # written as Z, not as +00:00
    if len(name) > _ZONE_LIMIT or not _ZONE.fullmatch(name):
        raise ValueError(f"{name[:40]!r} is no zone")
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # KeyError: not found
        raise ValueError(f"{name!r} is no zone") from error


def zone_or_utc(parameters: Mapping[str, str]) -> tzinfo:
    """In which times without a zone are meant."""
    try:
        return zone_of(parameters.get("timezone", "UTC"))
    except ValueError:
        return UTC


def text(at: int, zone: tzinfo) -> str:
    """Whole seconds as JSON and XML have them: 2014-02-25T14:13:01Z, or with the zone's offset."""
    moment = datetime.fromtimestamp(at // 1000, zone)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if zone is UTC else moment.isoformat(timespec="seconds")


def csv_text(at: int, zone: tzinfo) -> str:
    """As CSV has them: 2020-03-01 17:47:27 UTC, or as new exports do, 2023-05-02T09:21:52+02:00."""
    if zone is UTC:
        return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return text(at, zone)


def _ahead(sign: str, hours: int, minutes: int) -> tzinfo:
    ahead = timedelta(hours=hours, minutes=minutes)
    if ahead >= timedelta(hours=24):
        raise ValueError(f"{hours:02}:{minutes:02} is no offset")
    return timezone(-ahead if sign == "-" else ahead)
