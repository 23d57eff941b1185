"""What a sensor's value is doubted for. Pure; every doubted reading is kept.

A value that stands for "no measurement" is a fault and has none, as nan has none: -127 of a DS18B20 or 0 of a
sonar without an echo was never measured, and must not enter a mean. All else that is doubted keeps its value
and is suspect. Nothing is dropped, and nothing is moved to a number that looks right.
"""

import math
from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from protocol import units
from protocol.reading import Label, Quality, Reading

MAD_TO_SIGMA = 1.4826  # of a normal distribution
SIGMAS = 3.0
LEAST_WINDOW = 5  # values, below which a median says nothing
AGREEING = 3  # samples on a new level after which it is the true one (domain: 2-3)

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_ROUNDING = 1 + 1e-9  # 1.1 - 1.0 is a little more than 0.1
_ONE_STEP = 0.999  # of the resolution: 1.2 - 1.19 is a little less than 0.01

Positive = Annotated[float, Meta(gt=0)]
Sample = tuple[int, float]  # at in ms UTC, value


class Doubtful(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that may be real, as the 85.00 that a DS18B20 has after power-on."""

    value: float
    near: Positive  # it is believed where the value before it was this near


class Stuck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sensor that shows one value for so long. A tank is flat at night, so hours, or a `while`."""

    for_h: Annotated[float, Meta(gt=0, le=31 * 24)]
    # A metric that this one moves with: the hours begin when that one has moved. None: they begin at once.
    while_: Label | None = msgspec.field(default=None, name="while")


class Checks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a sensor, in the unit that the device sends. What is left out is not checked."""

    range: tuple[float, float] | None = None  # least and most that it can measure
    faults: Annotated[list[float], Meta(max_length=16)] = []  # sent in place of a measurement
    doubtful: Annotated[list[Doubtful], Meta(max_length=16)] = []
    max_per_min: Positive | None = None  # the fastest change that physics allows, as inflow / area
    resolution: Positive | None = None  # the smallest step that it can show
    spike_window: Annotated[int, Meta(ge=LEAST_WINDOW, le=11)] | None = None  # values; None: no Hampel filter
    stuck: Stuck | None = None

    def __post_init__(self) -> None:
        if self.range and self.range[0] >= self.range[1]:
            least, most = self.range
            raise ValueError(f"range = [{least:g}, {most:g}] is upside down; write the smaller number first")
        if self.resolution is None and (self.spike_window or self.stuck):
            raise ValueError("spike_window and stuck need a resolution, the smallest step the sensor shows")

    @property
    def remembers(self) -> bool:
        """Whether a value is held against those before it."""
        return bool(self.doubtful or self.max_per_min or self.spike_window or self.stuck)

    def canonical(self, unit: str) -> Self:
        """The same in the canonical unit of `unit`, in which readings are."""
        if not unit:
            return self
        known = units.find(unit)
        value, span = partial(units.convert, unit=known), partial(units.convert_span, unit=known)
        return msgspec.structs.replace(
            self,
            range=self.range and (value(self.range[0]), value(self.range[1])),
            faults=[value(fault) for fault in self.faults],
            doubtful=[Doubtful(value=value(one.value), near=span(one.near)) for one in self.doubtful],
            max_per_min=self.max_per_min and span(self.max_per_min),
            resolution=self.resolution and span(self.resolution),
        )


class Flat(msgspec.Struct, frozen=True, array_like=True):
    """A run of values that differ by less than the resolution."""

    since: int  # ms UTC
    low: float
    high: float
    # Of the metric that it moves with, since then: the two ends of what was seen, and when it first moved.
    other_low: float = math.inf
    other_high: float = -math.inf
    moved_at: int | None = None


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a point's values: never more than two windows."""

    trusted: tuple[Sample, ...] = ()  # the newest that were not doubted, oldest first
    doubted: tuple[Sample, ...] = ()  # those since the last trusted one that lie near each other
    flat: Flat | None = None


def look(checks: Checks, reading: Reading) -> Reading:
    """What the value alone tells; all that is asked of a reading that comes late."""
    value = reading.value
    if value is None:
        return reading
    if value in checks.faults:
        return Reading(reading.point, reading.at, None, reading.quality | int(Quality.FAULT))
    if checks.range and not checks.range[0] <= value <= checks.range[1]:
        return suspect(reading)
    return reading


def judge(checks: Checks, seen: Seen, reading: Reading) -> tuple[Reading, Seen]:
    """A reading that is newer than all before it, and what is remembered after it.

    `checks` are canonical. A fault has no value to remember; one out of range is no measure for the next, and
    a doubtful one is no neighbour to itself.
    """
    looked = look(checks, reading)
    if looked.value is None:
        return looked, seen
    sample = (looked.at, looked.value)
    flat = _flat(checks, seen.flat, sample)
    if looked.quality & Quality.SUSPECT or _is_doubtful(checks, seen.trusted, looked.value):
        return suspect(looked), Seen(seen.trusted, seen.doubted, flat)
    doubts, trusted, doubted = _doubt(checks, _recent(seen.trusted, looked.at), seen.doubted, sample)
    if doubts or (flat and _is_stuck(checks, flat, looked.at)):
        looked = suspect(looked)
    return looked, Seen(trusted, doubted, flat)


def moved_beside(checks: Checks, seen: Seen, at: int, other: float, other_resolution: float) -> Seen:
    """After a value of the metric that `stuck` names in `while`."""
    flat = seen.flat
    if checks.stuck is None or flat is None:
        return seen
    low, high = min(flat.other_low, other), max(flat.other_high, other)
    if (low, high) == (flat.other_low, flat.other_high):
        return seen
    moves = high > low and high - low >= other_resolution * _ONE_STEP
    moved_at = at if moves and flat.moved_at is None else flat.moved_at
    return Seen(seen.trusted, seen.doubted, Flat(flat.since, flat.low, flat.high, low, high, moved_at))


def suspect(reading: Reading) -> Reading:
    return Reading(reading.point, reading.at, reading.value, reading.quality | int(Quality.SUSPECT))


def _recent(trusted: tuple[Sample, ...], at: int) -> tuple[Sample, ...]:
    """A silence longer than the whole window: it no longer says what is normal, only its end is held."""
    is_old = len(trusted) >= LEAST_WINDOW and at - trusted[-1][0] > trusted[-1][0] - trusted[0][0]
    return trusted[-1:] if is_old else trusted


def _doubt(
    checks: Checks, trusted: tuple[Sample, ...], doubted: tuple[Sample, ...], sample: Sample
) -> tuple[bool, tuple[Sample, ...], tuple[Sample, ...]]:
    """Whether it is doubted, and what is trusted and doubted after it.

    A value that is doubted begins a run or goes on with it. The run becomes what is trusted once it has
    AGREEING samples that lie nearer to one another than to what was trusted: so a real step, and a tank that
    begins to fill, are believed soon, and a lone spike never is.
    """
    if not _is_odd(checks, trusted, sample):
        return False, (*trusted, sample)[-(checks.spike_window or 1) :], ()
    doubted = (*doubted, sample) if _agree(trusted, doubted, sample) else (sample,)
    if len(doubted) < AGREEING:
        return True, trusted, doubted
    return False, doubted[-(checks.spike_window or 1) :], ()


def _is_odd(checks: Checks, trusted: tuple[Sample, ...], sample: Sample) -> bool:
    return _is_too_fast(checks, trusted, sample) or _is_spike(
        checks, [value for _, value in trusted], sample[1]
    )


def _is_too_fast(checks: Checks, trusted: Sequence[Sample], sample: Sample) -> bool:
    if checks.max_per_min is None or not trusted:
        return False
    at, value = trusted[-1]
    minutes = (sample[0] - at) / _MINUTE_MS
    # Two steps of the sensor are no movement: without them a fast poll would doubt its rounding.
    slack = 2 * (checks.resolution or 0.0)
    return abs(sample[1] - value) > (checks.max_per_min * minutes + slack) * _ROUNDING


def _is_spike(checks: Checks, window: Sequence[float], value: float) -> bool:
    """Hampel: further from the median than 3 sigmas of its neighbours.

    Their MAD is 0 where a sensor shows one value for long, so it is never taken for less than its resolution.
    """
    if checks.spike_window is None or len(window) < LEAST_WINDOW:
        return False
    middle = median(window)
    mad = median(abs(one - middle) for one in window)
    return abs(value - middle) > SIGMAS * MAD_TO_SIGMA * max(mad, checks.resolution or 0.0)


def _is_doubtful(checks: Checks, trusted: Sequence[Sample], value: float) -> bool:
    return any(
        value == one.value and not (trusted and abs(trusted[-1][1] - value) <= one.near)
        for one in checks.doubtful
    )


def _agree(trusted: Sequence[Sample], doubted: Sequence[Sample], sample: Sample) -> bool:
    if not doubted or not trusted:
        return False
    normal = median(value for _, value in trusted)
    before, after = doubted[-1][1], sample[1]
    return abs(after - before) < min(abs(after - normal), abs(before - normal))


def _flat(checks: Checks, flat: Flat | None, sample: Sample) -> Flat | None:
    """The run with one value more, or a new one."""
    if checks.stuck is None:
        return None
    at, value = sample
    if flat is None:
        return Flat(at, value, value)
    low, high = min(flat.low, value), max(flat.high, value)
    if high - low >= (checks.resolution or 0.0) * _ONE_STEP:
        return Flat(at, value, value)
    return Flat(flat.since, low, high, flat.other_low, flat.other_high, flat.moved_at)


def _is_stuck(checks: Checks, flat: Flat, at: int) -> bool:
    if checks.stuck is None:
        return False
    since = flat.since if checks.stuck.while_ is None else flat.moved_at
    return since is not None and at - since >= checks.stuck.for_h * _HOUR_MS
