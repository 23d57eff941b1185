"""SenML (RFC 8428): a pack of records to named values with their times and units. Pure.

Base values carry to the records behind theirs. What can't be taken costs its record, not the pack; only a
version or a must-understand label that is not known costs all of it, as the RFC says.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from protocol.reading import EARLIEST_AT, LATEST_AT

VERSION = 10  # of RFC 8428
RELATIVE_BELOW_S = 2**28  # a time below it is relative to now (section 4.5.3)
AHEAD_S = 60.0  # nothing is measured later than this from now: such a time is a node's uptime

# Theirs that we know, of RFC 8428 section 12.1 and RFC 8798 section 3, by our spelling. The others can be
# taken by a field without a unit.
UNITS = {
    "m": "m", "mm": "mm", "cm": "cm", "l": "L", "m3": "m3", "l/s": "L/s", "m3/s": "m3/s", "m3/h": "m3/h",
    "Pa": "Pa", "hPa": "hPa", "Cel": "degC", "K": "K", "%RH": "%", "%EL": "%", "/100": "%", "S/m": "S/m",
    "ppm": "ppm", "pH": "pH", "V": "V", "mV": "mV", "A": "A", "mA": "mA", "W": "W", "kW": "kW", "Wh": "Wh",
    "kWh": "kWh", "Hz": "Hz", "s": "s", "min": "min", "h": "h", "dBm": "dBm",
}  # fmt: skip

_BASE = ("bn", "bt", "bu", "bv", "bs", "bver")
_KNOWN = {*_BASE, "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut"}
_VALUES = ("v", "vs", "vb", "vd")


class NotTaken(ValueError):
    """The whole pack can't be taken: why."""


class Value(NamedTuple):
    """One resolved record."""

    number: int  # of the record in the pack, from 1
    name: str  # base name and name
    at: int  # ms UTC
    unit: str  # as SenML writes it; "": none was named
    value: float | str | None = None  # None: it has a sum only
    sum: float | None = None  # the integral over time, since whenever


class Wrong(NamedTuple):
    number: int
    reason: str


def resolve(pack: Any, now: int) -> Iterator[Value | Wrong]:
    """Every record with a value, `now` in ms UTC. Raises NotTaken."""
    if not isinstance(pack, list) or not all(isinstance(record, dict) for record in pack):
        raise NotTaken("no SenML: a list of records is one")
    for record in pack:
        _check_understood(record)
    base: dict[str, Any] = {}
    for number, record in enumerate(pack, 1):
        base |= {label: record[label] for label in _BASE if label in record}
        if not any(label in record for label in (*_VALUES, "s")) and "n" not in record:
            continue  # base values for those behind it
        try:
            yield _value(number, record, base, now)
        except ValueError as error:
            yield Wrong(number, str(error))


def _check_understood(record: Mapping[str, Any]) -> None:
    version = record.get("bver", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise NotTaken(f"SenML of version {str(version)[:20]}; {VERSION} is known")
    for label in record:
        if label.endswith("_") and label not in _KNOWN:
            raise NotTaken(f"the label {label[:40]!r} must be understood, and is not known")


def _value(number: int, record: Mapping[str, Any], base: Mapping[str, Any], now: int) -> Value:
    name = _text(base, "bn") + _text(record, "n")
    if not name:
        raise ValueError("a record without a name")
    unit = _text(record, "u") or _text(base, "bu")
    found = [label for label in _VALUES if label in record]
    if len(found) > 1:
        raise ValueError(f"{name[:60]}: {' and '.join(found)} in one record")
    total = _sum(record, base, "s", "bs")
    if "vd" in found:
        raise ValueError(f"{name[:60]}: binary data is no number")
    if "vs" in found:
        value: float | str | None = _text(record, "vs")
    elif "vb" in found:
        value = float(_boolean(record["vb"]))
    else:
        value = _sum(record, base, "v", "bv")
    if value is None and total is None:
        raise ValueError(f"{name[:60]}: a record without a value")
    return Value(number, name, _at(record, base, now), unit, value, total)


def _sum(record: Mapping[str, Any], base: Mapping[str, Any], label: str, base_label: str) -> float | None:
    """The number less its base; one of the two that is missing is zero (section 4.6); both: None."""
    if label not in record and base_label not in base:
        return None
    return _number(record, label) + _number(base, base_label)


def _at(record: Mapping[str, Any], base: Mapping[str, Any], now: int) -> int:
    """No time is a time of 0, which is now."""
    time_s = _number(record, "t") + _number(base, "bt")
    if not math.isfinite(time_s):
        raise ValueError("a time without end")
    if AHEAD_S < time_s < RELATIVE_BELOW_S:
        raise ValueError(f"a time {time_s:g} s ahead: an uptime, not a time since 1970")
    # Looked at before it is rounded: 1.8e305 s is infinite in ms.
    is_near = abs(time_s) * 1000 < 2 * LATEST_AT
    at = round(time_s * 1000) + (now if time_s < RELATIVE_BELOW_S else 0) if is_near else LATEST_AT
    if not EARLIEST_AT <= at < LATEST_AT:
        raise ValueError(f"the time {time_s:.15g} is not between the years 2000 and 2099")
    return at


def _number(record: Mapping[str, Any], label: str) -> float:
    found = record.get(label, 0)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError(f"{label} is no number")
    try:
        return float(found)
    except OverflowError as error:
        raise ValueError(f"{label} is beyond every number") from error


def _boolean(found: Any) -> bool:
    if not isinstance(found, bool):
        raise ValueError("vb is neither true nor false")
    return found


def _text(record: Mapping[str, Any], label: str) -> str:
    found = record.get(label, "")
    if not isinstance(found, str):
        raise ValueError(f"{label} is no text")
    return found
