"""Counts pulses of water meters on a Raspberry Pi's pins. What they stand for is derived of the count."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Measure, check, measures_of, points_of
from firmware_bridge.instant import now_ms
from firmware_bridge.pulses.pins import Count, Pin, open_pins
from firmware_bridge.refine.calibration import Calibration, day
from firmware_bridge.refine.counters import RateFromPulses, RateFromTotal
from firmware_bridge.source import Name, Put, SourceError
from protocol.reading import Label, Point, Reading

log = logging.getLogger(__name__)

LAST_S = 1.0  # for what was counted last, when the agent stops


class Start(Calibration, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the count goes on from: a meter was there before, or is a new one."""

    pulses: Annotated[int, Meta(ge=0, le=2**53)]


class Meter(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meter that closes a contact, and its count: it never wraps, and goes on where it was."""

    pin: Annotated[int, Meta(ge=0, le=27)]  # BCM's number: GPIO17 is 17
    device: Label
    metric: Label = "pulses"
    unit: Literal[""] = ""
    pull_up: bool = True  # the contact, or the open collector, is to ground; else to 3.3 V
    bounce_ms: Annotated[float, Meta(gt=0, le=1000)] | None = None  # a reed contact's; None: it has none
    starts: Annotated[tuple[Start, ...], Meta(max_length=64)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(after.since <= before.since for before, after in pairwise(self.starts)):
            raise ValueError(f"the starts of GPIO{self.pin} are out of order; write the oldest first")
        for rate in self.derived:
            if isinstance(rate, RateFromPulses | RateFromTotal):
                self._check_starts(rate)

    def _check_starts(self, rate: RateFromPulses | RateFromTotal) -> None:
        """A count that jumps is no flow: no difference crosses a calibration's date."""
        dates = [calibration.since for calibration in rate.calibrations]
        for start in self.starts:
            if start.since not in dates:
                raise ValueError(
                    f"the count of GPIO{self.pin} starts anew from {day(start.since)}, which is no flow; "
                    f"give {rate.metric!r} a calibration from then too"
                )

    @property
    def point(self) -> str:
        return f"{self.device}/{self.metric}"


class Total(msgspec.Struct, frozen=True, array_like=True):
    """The count of one meter."""

    pulses: int = 0
    since: int = 0  # of the start that it goes on from, ms UTC; 0: none


class Cursor(msgspec.Struct, frozen=True):
    totals: dict[str, Total]  # by point; also of meters that are left out for a while


class Pulses(
    msgspec.Struct, tag_field="kind", tag="pulses", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A total survives a restart by the cursor. Killed, it lacks what came since the last commit: `every_s`
    and a second; what flows while no agent runs is counted by nobody.
    """

    name: Name
    every_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    meters: Annotated[list[Meter], Meta(min_length=1, max_length=28)]

    def __post_init__(self) -> None:
        pins = [meter.pin for meter in self.meters]
        if twice := [pin for pin in pins if pins.count(pin) > 1]:
            raise ValueError(f"pin {twice[0]} is there twice; a pin counts one meter")
        for device in {meter.device for meter in self.meters}:
            check([meter for meter in self.meters if meter.device == device])

    def located(self, folder: Path) -> Self:
        return self

    def points(self) -> list[Point]:
        return [point for meter in self.meters for point in points_of(meter.device, [meter], self.every_s)]

    def measures(self) -> dict[str, Measure]:
        return {name: m for meter in self.meters for name, m in measures_of(meter.device, [meter]).items()}

    async def feed(self, put: Put, cursor: str | None) -> None:
        totals = _decode(cursor) if cursor else {}
        pins = [
            Pin(meter.pin, meter.pull_up, meter.bounce_ms / 1000 if meter.bounce_ms else None)
            for meter in self.meters
        ]
        async with open_pins(pins) as counts:
            register = _Register(self, totals, counts, put)
            try:
                while True:
                    await register.hand_over()
                    await asyncio.sleep(self.every_s)
            except asyncio.CancelledError:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LAST_S):
                        await register.hand_over()
                raise


class _Register:
    """The totals that are committed, and what was counted since."""

    def __init__(self, source: Pulses, totals: dict[str, Total], counts: Sequence[Count], put: Put) -> None:
        self._source = source
        self._totals = totals
        self._counts = counts
        self._taken = [0] * len(counts)  # of each count, what is in the totals
        self._put = put

    async def hand_over(self) -> None:
        now = now_ms()
        counted = [count.pulses for count in self._counts]
        totals = dict(self._totals)
        for meter, count, taken in zip(self._source.meters, counted, self._taken, strict=True):
            log.debug("%s: GPIO%d, %d more pulses", self._source.name, meter.pin, count - taken)
            before = totals.get(meter.point, Total())
            totals[meter.point] = total(before, count - taken, meter.starts, now)
        readings = [
            Reading(meter.point, now, float(totals[meter.point].pulses)) for meter in self._source.meters
        ]
        await self._put(readings, msgspec.json.encode(Cursor(totals)).decode())
        self._totals, self._taken = totals, counted


def total(before: Total, counted: int, starts: Sequence[Start], now: int) -> Total:
    """The count with so many pulses more, at ms UTC; from the newest start on that has come since. Pure."""
    for start in reversed(starts):
        if before.since < start.since <= now:
            return Total(start.pulses + counted, start.since)
    return Total(before.pulses + counted, before.since)


def _decode(cursor: str) -> dict[str, Total]:
    try:
        return msgspec.json.decode(cursor, type=Cursor).totals
    except msgspec.DecodeError as error:
        raise SourceError(f"this is no cursor of a count ({error}); give the source a new name") from error
