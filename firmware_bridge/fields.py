"""What a raw field means: which point it is, and how its text becomes a value. Pure."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from firmware_bridge.refine.derived import AnyDerived
from firmware_bridge.refine.quality import Checks
from protocol import units
from protocol.reading import Label, Origin, Point, Quality, Reading

Interval = Annotated[float, Meta(gt=0, le=31 * 86_400)]  # seconds

RawValue = str | int | float | None  # as a device or a service hands it over

# Never "has a dot", and not float() alone: that takes "1_000" and digits of every script.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# What C's printf and Arduino's Print write for a float that is none.
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity|ovf)", re.IGNORECASE)


class Measure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a raw value of a device means. An adapter adds where it is found: a field, a register, a pin."""

    metric: Label
    # As the device sends it; readings are in the canonical one.
    unit: Annotated[str, Meta(max_length=32)] = ""
    checks: Checks | None = None  # in `unit`; None: nothing is doubted but what the device itself doubts
    derived: Annotated[list[AnyDerived], Meta(max_length=16)] = []

    def __post_init__(self) -> None:
        self.units()  # an unknown one, or one that does not fit, is a mistake in the configuration

    def canonical_unit(self) -> str:
        return units.find(self.unit).canonical if self.unit else ""

    def units(self) -> dict[str, str]:
        """The canonical units of its metric and of those derived of it. Raises ValueError."""
        found = {self.metric: self.canonical_unit()}
        for derived in self.derived:
            source = derived.of or self.metric
            if source not in found:
                raise ValueError(
                    f"{derived.metric!r} is derived of {source!r}, which is not this field's and not derived "
                    f"before it; name one of {', '.join(found)}"
                )
            if derived.metric in found:
                raise ValueError(
                    f"metric {derived.metric!r} is derived, but taken; give it a name of its own"
                )
            derived.take(found[source])
            found[derived.metric] = derived.unit
        return found

    def companions(self) -> list[str]:
        """Other metrics of the device that its checks and derived points ask for."""
        asked = [metric for derived in self.derived for metric in derived.companions]
        stuck = self.checks.stuck if self.checks else None
        return [*asked, stuck.while_] if stuck and stuck.while_ else asked


class Field(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One raw field of a device and the metric it is."""

    field: Annotated[int, Meta(ge=1, le=8)] | Annotated[str, Meta(min_length=1, max_length=64)]

    @property
    def key(self) -> str:
        """The field's name where it is found: ThingSpeak's `field1` is written as 1."""
        return f"field{self.field}" if isinstance(self.field, int) else self.field


Fields = Annotated[list[Field], Meta(min_length=1, max_length=64)]


def check(measures: Iterable[Measure]) -> None:
    """Raises ValueError where two of a device's measures would be one point, or one asks for a third that is
    not there."""
    measures = list(measures)
    sent: set[str] = set()
    for measure in measures:
        if measure.metric in sent:
            raise ValueError(f"metric {measure.metric!r} is given to two fields; name each metric once")
        sent.add(measure.metric)
    metrics = set(sent)
    for derived in (derived for measure in measures for derived in measure.derived):
        if derived.metric in metrics:
            raise ValueError(f"metric {derived.metric!r} is derived, but taken; give it a name of its own")
        metrics.add(derived.metric)
    for measure in measures:
        for companion in measure.companions():
            if companion not in sent - {measure.metric}:
                raise ValueError(
                    f"{measure.metric!r} asks for {companion!r}, which no other field of this device is; "
                    f"known are {', '.join(sorted(sent - {measure.metric})) or 'none'}"
                )


def points_of(device: str, measures: Iterable[Measure], interval_s: float | None) -> list[Point]:
    """Its points, in the order of the measures; each one's derived points follow it."""
    return [
        Point(f"{device}/{metric}", unit, interval_s)
        for measure in measures
        for metric, unit in measure.units().items()
    ]


def origins_of(measures: Mapping[str, Measure]) -> list[Origin]:
    """What each derived point is derived of."""
    return [
        Origin(
            beside(point, derived.metric),
            beside(point, derived.of or measure.metric),
            str(derived.__struct_config__.tag),
            [calibration.since for calibration in derived.calibrations],
        )
        for point, measure in measures.items()
        for derived in measure.derived
    ]


def beside(point: str, metric: str) -> str:
    """The point of another metric of the same device."""
    return f"{point.partition('/')[0]}/{metric}"


def measures_of(device: str, measures: Iterable[Measure]) -> dict[str, Measure]:
    """Its measures by the name of their point."""
    return {f"{device}/{measure.metric}": measure for measure in measures}


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
            readings.append(reading(f"{device}/{field.metric}", at, value, field))
    return readings, wrong


def reading(point: str, at: int, value: float, measure: Measure) -> Reading:
    """The value as the device sent it, in the point's canonical unit; nan and infinities are a fault."""
    converted = units.convert(value, units.find(measure.unit)) if measure.unit else value
    if math.isfinite(converted):
        return Reading(point, at, converted)
    return Reading(point, at, None, int(Quality.FAULT))


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
