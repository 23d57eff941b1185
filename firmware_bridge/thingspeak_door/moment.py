"""Moments as ThingSpeak's clients write them. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from firmware_bridge.instant import ms_of, offset, zone_of

# 2017-07-15 10:26:00 +0530, 2017-07-15T10:26:00.123Z, 2017-07-15 10:26, 2017-07-15. A plus in an address
# that nobody encoded arrives as a blank: "T10:26:00 05:30".
_WRITTEN = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|UTC|GMT|([+ -])(\d{2}):?(\d{2}))?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH_S = re.compile(r"\d{9,10}", re.ASCII)  # 1973 to 2286


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
        zone = offset(sign, ahead_h, ahead_min) if sign else UTC
    clock = f"{(hours or '0').zfill(2)}:{minutes or '00'}:{seconds or '00'}.{(part or '').ljust(6, '0')[:6]}"
    try:
        return ms_of(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is no time that exists") from error


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
