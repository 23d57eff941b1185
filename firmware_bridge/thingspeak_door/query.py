"""The parameters of a read. One that can't be read counts as not sent, as with ThingSpeak. Pure."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo

import msgspec

from firmware_bridge.instant import zone_of
from firmware_bridge.thingspeak_door import moment
from firmware_bridge.thingspeak_door.numbers import number

RESULTS_LIMIT = 8_000  # entries in an answer, ThingSpeak's own limit
RESULTS = 100  # without any parameter that says which
_PLACES_LIMIT = 15  # digits behind the point
_WIDTHS_MIN = (10, 15, 20, 30, 60, 240, 720, 1440)
STATISTICS = ("timescale", "sum", "average", "median")  # the first one that was sent is taken

# A name that a script may call; the answer runs in somebody's page, so nothing else passes.
_CALLBACK = re.compile(r"[A-Za-z_$][\w$.]{0,99}", re.ASCII)
_WHOLE = re.compile(r"\s*(\d{1,9})", re.ASCII)  # what follows is not looked at: "2.5" and "2s" are 2
# More than a number of digits can span, and no more than a database's integers hold.
EVER = 2**53


class Slices(msgspec.Struct, frozen=True):
    """Entries are drawn together, each slice of time into one item."""

    statistic: str  # one of STATISTICS
    width_ms: int


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a channel's entries, and how it is to be written."""

    newest: int  # at most so many entries, counted before they are drawn together
    since: int  # ms UTC
    until: int  # ms UTC, the first that is too late
    zone: tzinfo = UTC
    status: bool = False
    location: bool = False
    metadata: bool = False
    callback: str | None = None  # the function that the answer is handed to
    places: int | None = None  # digits behind the point; None: as it came
    least: float = -math.inf
    most: float = math.inf
    slices: Slices | None = None


def decode(parameters: Mapping[str, str], now: int) -> Query:
    zone = _zone(parameters)
    until = _moment(parameters, "end", zone)
    since = _since(parameters, zone, now)
    results = _whole(parameters, "results")
    if results is None:
        results = RESULTS if since is None and until is None else RESULTS_LIMIT
    return Query(
        newest=min(results, RESULTS_LIMIT),
        since=-EVER if since is None else since,
        # The whole second that was named: entries have milliseconds, and show none.
        until=EVER if until is None else until + 1000,
        zone=zone,
        status=_is_true(parameters, "status"),
        location=_is_true(parameters, "location"),
        metadata=_is_true(parameters, "metadata"),
        callback=_callback(parameters),
        places=_places(parameters),
        least=_bound(parameters, "min", -math.inf),
        most=_bound(parameters, "max", math.inf),
        slices=_slices(parameters),
    )


def _since(parameters: Mapping[str, str], zone: tzinfo, now: int) -> int | None:
    """`start` before `minutes` before `days`: the more exact one."""
    start = _moment(parameters, "start", zone)
    if start is not None:
        return start
    minutes, days = _whole(parameters, "minutes"), _whole(parameters, "days")
    if minutes is not None:
        return now - minutes * 60_000
    return None if days is None else now - days * 86_400_000


def _zone(parameters: Mapping[str, str]) -> tzinfo:
    """`timezone` before `offset`, in hours: it knows of summer time."""
    try:
        return zone_of(parameters.get("timezone", ""))
    except ValueError:
        hours = number(parameters.get("offset"))
    if hours is None or not 0 < abs(hours.value) <= 14:
        return UTC
    return timezone(timedelta(minutes=round(hours.value * 60)))


def _moment(parameters: Mapping[str, str], name: str, zone: tzinfo) -> int | None:
    try:
        at = moment.parse(parameters.get(name, ""), zone)
    except ValueError:
        return None
    return at // 1000 * 1000


def _whole(parameters: Mapping[str, str], name: str) -> int | None:
    match = _WHOLE.match(parameters.get(name, ""))
    return int(match[1]) if match else None


def _is_true(parameters: Mapping[str, str], name: str) -> bool:
    return parameters.get(name, "").strip().lower() == "true"


def _callback(parameters: Mapping[str, str]) -> str | None:
    name = parameters.get("callback", "")
    return name if _CALLBACK.fullmatch(name) else None


def _places(parameters: Mapping[str, str]) -> int | None:
    places = _whole(parameters, "round")
    return None if places is None else min(places, _PLACES_LIMIT)


def _bound(parameters: Mapping[str, str], name: str, otherwise: float) -> float:
    found = number(parameters.get(name))
    return found.value if found else otherwise


def _slices(parameters: Mapping[str, str]) -> Slices | None:
    for statistic in STATISTICS:
        minutes = 1440 if parameters.get(statistic) == "daily" else _whole(parameters, statistic)
        if minutes in _WIDTHS_MIN:
            return Slices(statistic, minutes * 60_000)
    return None
