"""What every derived point has: its metric, what it is derived from, and its dated calibrations. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, ClassVar, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from firmware_bridge.instant import ms_of
from protocol.limits import CALIBRATIONS_LIMIT
from protocol.reading import Label, Quality, Reading
from protocol.units import Quantity

Ohm = Annotated[float, Meta(gt=0, le=1e9)]
Celsius = Annotated[float, Meta(ge=-40, le=100)]

# What another metric of the device was at the reading's time, or not long before; None: not known.
Beside = Callable[[Label], Reading | None]


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers that are true from a date on, until the next one's: a sensor was hung anew, or replaced."""

    from_: Annotated[datetime, Meta(tz=True)] = msgspec.field(name="from")

    @property
    def since(self) -> int:
        """ms since 1970, UTC."""
        return ms_of(self.from_)


C = TypeVar("C", bound=Calibration)
Dated = Annotated[list[C], Meta(min_length=1, max_length=CALIBRATIONS_LIMIT)]


class Outcome(NamedTuple):
    """A derived value in its canonical unit."""

    value: float | None  # None: a fault
    is_doubted: bool = False


class Uncalibrated(Exception):
    """A reading from before the first calibration: a sentence."""


class Derived(msgspec.Struct, tag_field="kind", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point that is worked out of another one."""

    TAKES: ClassVar[Quantity | None] = None  # None: a number without a unit
    GIVES: ClassVar[Quantity]

    metric: Label
    of: Label | None = None  # a metric derived before it of the same field; None: the field's own
    calibrations: Sequence[Calibration]

    def __post_init__(self) -> None:
        for before, after in pairwise(self.calibrations):
            if after.since <= before.since:
                raise ValueError(
                    f"the calibrations of {self.metric!r} are out of order: the one from {day(after.since)} "
                    f"stands after the one from {day(before.since)}; write the oldest first"
                )

    @property
    def unit(self) -> str:
        """The canonical unit of its values."""
        return self.GIVES.value

    @property
    def companions(self) -> list[Label]:
        """Other metrics of the device that it asks for."""
        return []

    def take(self, unit: str) -> None:
        """Raises ValueError where it can't be derived of values in this canonical unit."""
        wanted = self.TAKES.value if self.TAKES else ""
        if unit != wanted:
            raise ValueError(
                f"{self.metric!r} is derived of values {_in_words(wanted)}, but it is given values "
                f"{_in_words(unit)}; correct the unit of what it is derived of"
            )


class AtTemperature(Derived, frozen=True, kw_only=True):
    """Its formula asks how warm it is."""

    POSSIBLE: ClassVar[tuple[float, float]] = 0.0, 100.0  # degC of water

    temperature: Label | None = None  # a metric: the water's; None: as assumed

    @property
    def companions(self) -> list[Label]:
        return [self.temperature] if self.temperature else []

    def degc(self, assumed: float, beside: Beside) -> tuple[float, bool]:
        """To reckon with, and whether that is in doubt: without a measured one the assumed one must do."""
        if self.temperature is None:
            return assumed, False
        found = beside(self.temperature)
        if found is None or found.value is None or not self.POSSIBLE[0] <= found.value <= self.POSSIBLE[1]:
            return assumed, True
        return found.value, bool(found.quality & Quality.SUSPECT)


def valid(calibrations: Sequence[C], at: int) -> C:
    """The calibration that holds at a time: the newest that has begun. Raises Uncalibrated before the first
    one.
    """
    for calibration in reversed(calibrations):
        if calibration.since <= at:
            return calibration
    raise Uncalibrated(
        f"before the first calibration, that from {day(calibrations[0].since)}: nothing is derived; "
        "write an earlier `from` if it held then too"
    )


def day(at: int) -> str:
    """2026-01-01, or with its time of day where that is not midnight UTC."""
    moment = datetime.fromtimestamp(at / 1000, tz=UTC)
    return moment.strftime("%Y-%m-%d" if at % 86_400_000 == 0 else "%Y-%m-%dT%H:%M:%SZ")


def _in_words(unit: str) -> str:
    return f"in {unit}" if unit else "without a unit"
