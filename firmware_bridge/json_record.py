"""A device's JSON: taken apart within limits, its values found by dotted paths, its own time read. Pure."""

import math
import re
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from firmware_bridge.fields import RawValue
from firmware_bridge.instant import ms_of
from protocol.reading import EARLIEST_AT, LATEST_AT

# As a number it is seconds below this, and milliseconds from it on: 5138 as seconds, 1973 as milliseconds.
_MILLISECONDS_FROM = 1e11

_NUMBER = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,9})?")


def parse(payload: bytes) -> Any:
    """What the JSON says; C firmware also sends the NUL at its end. Raises ValueError."""
    try:
        return msgspec.json.decode(payload.strip(b" \t\r\n\0"))
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"no JSON ({str(error)[:80]})") from error
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error


def split(body: bytes, limit: int) -> list[bytes]:
    """The items of a list as they were written; anything else is its only one. Raises ValueError."""
    body = body.strip(b" \t\r\n\0")
    if not body.startswith(b"["):
        return [body]
    try:
        items = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"no JSON ({str(error)[:80]})") from error
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    if len(items) > limit:
        raise ValueError(f"a list of more than {limit} records")
    return [bytes(item) for item in items]


def find(record: Any, path: str) -> RawValue:
    """The value at `ENERGY.Power`, or `ENERGY.Power.0` in a list; None where nothing stands.

    Raises ValueError where more than a value does.
    """
    place = record
    for step in path.split("."):
        if isinstance(place, dict):
            place = place.get(step)
        elif isinstance(place, list) and re.fullmatch("[0-9]{1,4}", step) and int(step) < len(place):
            place = place[int(step)]
        else:
            return None
    if isinstance(place, dict | list):
        raise ValueError("there stands more than one value; name one of them, as a.b")
    value: RawValue = place
    return value


def own_time(raw: RawValue, zone: tzinfo | None) -> int | None:
    """When the device says it measured, ms UTC; None where its clock was not set: nothing, or before 2000.

    ISO 8601, read in `zone` if it names none; or seconds or milliseconds since 1970. Raises ValueError.
    """
    if raw is None or raw == "":
        return None
    at = _since_1970(raw) if isinstance(raw, int | float) else _of_text(raw.strip(), zone)
    if at >= LATEST_AT:
        raise ValueError(f"{str(raw)[:40]!r} is no time before the year 2100")
    return at if at >= EARLIEST_AT else None


def _of_text(text: str, zone: tzinfo | None) -> int:
    if _NUMBER.fullmatch(text):
        return _since_1970(float(text))
    try:
        moment = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no time") from error
    if moment.tzinfo is None and zone is None:
        raise ValueError(f"{text[:40]!r} is a time without a zone; set timezone")
    return ms_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _since_1970(number: float) -> int:
    try:
        number = float(number)  # JSON has integers of any length
    except OverflowError as error:
        raise ValueError("a number of hundreds of digits is no time") from error
    if not math.isfinite(number):
        raise ValueError(f"{number} is no time")
    return int(number if abs(number) >= _MILLISECONDS_FROM else round(number * 1000))
