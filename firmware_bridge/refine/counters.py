"""Points derived of what a value gained since the one before: rates of counters, totals of rates. Pure.

A difference crosses neither a calibration's date, where the sensor was swapped, nor a reset: what is missing
there is an event. A suspect value is what the next difference is taken from only where no good one came
before it.
"""

from typing import Annotated, ClassVar, NamedTuple

import msgspec
from msgspec import Meta

from firmware_bridge.refine import convert
from firmware_bridge.refine.calibration import Beside, Calibration, Dated, Derived, Outcome, day, valid
from firmware_bridge.refine.quality import Positive
from protocol.reading import Label, Quality, Reading
from protocol.units import Quantity

_SLACK_S = 10.0  # between when a node read its uptime and when that was heard
_RESET = "the counter went back: it was reset or replaced, and no difference crosses that"


class Before(msgspec.Struct, frozen=True, array_like=True):
    """What the next difference is taken from."""

    at: int  # ms UTC
    value: float
    quality: int
    since: int  # of the calibration that held, ms UTC
    starts: float | None = None  # the node's uptime or its count of boots; None: not known
    total: float = 0.0  # L, of a rate


class Step(NamedTuple):
    """What one more value gives."""

    outcome: Outcome | None  # None: no difference
    quality: int  # flags of the value that it was taken from
    event: str  # why there is no difference, a sentence; "": there is one, or it is the first value
    before: Before


class _Rate(Derived, frozen=True, kw_only=True):
    GIVES: ClassVar = Quantity.FLOW

    max_l_per_min: Positive | None = None  # the most that can flow; more is doubted
    uptime: Label | None = None  # a metric: since the node, and its counter with it, began at 0
    boots: Label | None = None  # a metric: how often it did

    def __post_init__(self) -> None:
        if self.uptime and self.boots:
            raise ValueError("uptime and boots tell the same: name one of them")
        if self.wraps_at and not (self.max_l_per_min or self.companions):
            raise ValueError(
                "a counter that wraps needs max_l_per_min, uptime or boots, else a reset looks like a wrap"
            )
        super().__post_init__()

    @property
    def companions(self) -> list[Label]:
        return [metric for metric in (self.uptime, self.boots) if metric]

    @property
    def wraps_at(self) -> float | None:
        """Where its counter begins again at 0, in its own unit; None: it never does."""
        raise NotImplementedError

    def per_litre(self, at: int) -> float:
        """What the counter counts of a litre. Raises Uncalibrated."""
        raise NotImplementedError

    def step(self, before: Before | None, reading: Reading, value: float, beside: Beside) -> Step:
        """With one value more, newer than the one before."""
        per_litre, since = self.per_litre(reading.at), valid(self.calibrations, reading.at).since
        said = self._said(beside)
        starts = said.value if said else before.starts if before else None
        after = Before(reading.at, value, reading.quality, since, starts)
        if before is None:
            return Step(None, 0, "", after)
        if event := _swapped(before, after):
            return _broken(before, after, event)
        if self._is_restarted(before, said):
            return _broken(before, after, "the node started again: no difference crosses that")
        seconds = (after.at - before.at) / 1000
        most = self.max_l_per_min and self.max_l_per_min * seconds / 60 * per_litre
        is_same_run = self._is_same_run(before, reading.at, said)
        # A wrap that nothing bears out is a reset.
        wrap = self.wraps_at if is_same_run or most is not None else None
        counted = convert.between(before.value, value, wrap, most)
        if counted is None:
            return _broken(before, after, _RESET)
        rate = convert.rate_of(counted / per_litre, seconds)
        doubted = self.max_l_per_min is not None and rate > self.max_l_per_min
        return Step(Outcome(rate, doubted), before.quality, "", _kept(before, after))

    def _said(self, beside: Beside) -> Reading | None:
        """The node's uptime or count of boots, as it said it last."""
        found = beside(self.companions[0]) if self.companions else None
        if found is None or found.value is None or found.quality & Quality.SUSPECT:
            return None
        return found

    def _is_restarted(self, before: Before, said: Reading | None) -> bool:
        if said is None or said.value is None:
            return False
        if self.uptime and said.value < (said.at - before.at) / 1000 - _SLACK_S:
            return True  # however far it came since
        if before.starts is None:
            return False
        return said.value < before.starts if self.uptime else said.value != before.starts

    def _is_same_run(self, before: Before, at: int, said: Reading | None) -> bool:
        """Whether it is sure that the node ran on: an older word says nothing of what came after it."""
        return said is not None and said.at == at and (bool(self.uptime) or before.starts is not None)


class RateFromTotal(_Rate, tag="rate_from_total", frozen=True, kw_only=True):
    """Of a meter that shows litres."""

    TAKES: ClassVar = Quantity.VOLUME

    calibrations: Dated[Calibration]  # each the date of a new meter
    wrap_l: Positive | None = None  # where its digits end; None: nowhere

    @property
    def wraps_at(self) -> float | None:
        return self.wrap_l

    def per_litre(self, at: int) -> float:
        return 1.0


class PulseSensor(Calibration, frozen=True, kw_only=True):
    pulses_per_litre: Positive  # 450 of a YF-S201, 390 of an FS400


class RateFromPulses(_Rate, tag="rate_from_pulses", frozen=True, kw_only=True):
    """Of a counter of pulses."""

    calibrations: Dated[PulseSensor]
    wrap_bits: Annotated[int, Meta(ge=8, le=52)] | None = None  # of its register; None: it never wraps

    @property
    def wraps_at(self) -> float | None:
        return None if self.wrap_bits is None else 2.0**self.wrap_bits

    def per_litre(self, at: int) -> float:
        return valid(self.calibrations, at).pulses_per_litre


class VolumeFromPulses(Derived, tag="volume_from_pulses", frozen=True, kw_only=True):
    """Litres that a counter of pulses stands for. It goes back where the counter does."""

    GIVES: ClassVar = Quantity.VOLUME

    calibrations: Dated[PulseSensor]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        return Outcome(convert.volume_of_pulses(value, how.pulses_per_litre), value < 0)


class RateFromFrequency(Derived, tag="rate_from_frequency", frozen=True, kw_only=True):
    TAKES: ClassVar = Quantity.FREQUENCY
    GIVES: ClassVar = Quantity.FLOW

    calibrations: Dated[PulseSensor]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        return Outcome(convert.flow_of_frequency(value, how.pulses_per_litre), value < 0)


class TotalFromRate(Derived, tag="total_from_rate", frozen=True, kw_only=True):
    """Litres that flowed since the first reading. What flowed in a gap is not made up: it is an event."""

    TAKES: ClassVar = Quantity.FLOW
    GIVES: ClassVar = Quantity.VOLUME

    calibrations: Dated[Calibration]
    longest_gap_s: Annotated[float, Meta(gt=0, le=86_400)] = 3600.0

    def step(self, before: Before | None, reading: Reading, value: float, beside: Beside) -> Step:
        since = valid(self.calibrations, reading.at).since
        total = before.total if before else 0.0
        after = Before(reading.at, value, reading.quality, since, None, total)
        if before is None:
            return Step(Outcome(0.0), 0, "", after)
        seconds = (after.at - before.at) / 1000
        if event := _swapped(before, after):
            return _broken(before, after, event)
        if seconds > self.longest_gap_s:
            return _broken(before, after, "there was no rate for long: what flowed meanwhile is not counted")
        gained = convert.volume_of_rates(before.value, value, seconds)
        counted = _kept(before, Before(after.at, value, after.quality, since, None, total + gained))
        return Step(Outcome(counted.total), before.quality, "", counted)


def _swapped(before: Before, after: Before) -> str:
    """Why no difference can be taken, if the sensor is another one."""
    if before.since == after.since:
        return ""
    return f"the calibration from {day(after.since)} begins: no difference crosses it"


def _broken(before: Before, after: Before, event: str) -> Step:
    """No difference. Of a value in doubt the event is told once a good one bears it out."""
    kept = _kept(before, after)
    return Step(None, 0, event if kept is after else "", kept)


def _kept(before: Before, after: Before) -> Before:
    """What the next difference is taken from."""
    is_worse = after.quality & Quality.SUSPECT and not before.quality & Quality.SUSPECT
    return before if is_worse else after


Counter = RateFromTotal | RateFromPulses | TotalFromRate
