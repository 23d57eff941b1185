"""What a raw field means: which point it is, and how its text becomes a value. Pure."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol import units
from protocol.reading import Point, Quality, Reading

Label = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]  # a half of a point's name
Interval = Annotated[float, Meta(gt=0, le=31 * 86_400)]  # seconds

RawValue = str | int | float | None  # as a device or a service hands it over

# Never "has a dot", and not float() alone: that takes "1_000" and digits of every script.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# What C's printf and Arduino's Print write for a float that is none.
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity|ovf)", re.IGNORECASE)


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One raw field of a device and the metric it is."""

    field: Annotated[int, Meta(ge=1, le=8)] | Annotated[str, Meta(min_length=1, max_length=64)]
    metric: Label
    unit: Annotated[str, Meta(max_length=32)] = (
        ""  # as the device sends it; readings are in the canonical one
    )

    def __post_init__(self) -> None:
        self.canonical_unit()  # an unknown one is a mistake in the configuration

    @property
    def key(self) -> str:
        """The field's name where it is found: ThingSpeak's `field1` is written as 1."""
        return f"field{self.field}" if isinstance(self.field, int) else self.field

    def canonical_unit(self) -> str:
        return units.find(self.unit).canonical if self.unit else ""


Fields = Annotated[list[Field], Meta(min_length=1, max_length=64)]


def check(fields: Iterable[Field]) -> None:
    """Raises ValueError where two fields would be one point."""
    metrics: set[str] = set()
    for field in fields:
        if field.metric in metrics:
            raise ValueError(f"metric {field.metric!r} is given to two fields; name each metric once")
        metrics.add(field.metric)


def points_of(device: str, fields: Iterable[Field], interval_s: float | None) -> list[Point]:
    return [Point(f"{device}/{field.metric}", field.canonical_unit(), interval_s) for field in fields]


def read(
    device: str, fields: Iterable[Field], raw: Sequence[RawValue], at: int
) -> tuple[list[Reading], list[tuple[str, str]]]:
    """The readings of one record, whose `raw` values stand in the order of `fields`, and what was
    wrong as (key, reason)."""
    readings, wrong = [], []
    for field, found in zip(fields, raw, strict=True):
        try:
            value = number(found)
        except ValueError as error:
            wrong.append((field.key, str(error)))
            continue
        if value is not None:
            readings.append(_reading(f"{device}/{field.metric}", at, value, field.unit))
    return readings, wrong


def number(raw: RawValue) -> float | None:
    """The number that was sent; None where nothing was; nan where the device said it has none.

    Raises ValueError for anything else: a decimal comma is not guessed at.
    """
    if raw is None or isinstance(raw, int | float):
        return _float(raw)
    text = raw.strip(" \t\r\n\0")
    if _NUMBER.fullmatch(text):
        return float(text)
    if text in ("", "null"):
        return None
    if _NO_NUMBER.fullmatch(text):
        return math.nan
    hint = ", a decimal comma" if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text) else ""
    raise ValueError(f"{text[:40]!r} is no number{hint}")


def _float(raw: int | float | None) -> float | None:
    try:
        return None if raw is None else float(raw)
    except OverflowError:
        return math.inf


def _reading(point: str, at: int, value: float, unit: str) -> Reading:
    converted = units.convert(value, units.find(unit)) if unit else value
    if math.isfinite(converted):
        return Reading(point, at, converted)
    return Reading(point, at, None, int(Quality.FAULT))
