"""What was measured: a reading of a point. Knows nothing of devices, stores or wires."""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.limits import CALIBRATIONS_LIMIT, Text, Whole

# Times outside these two are recorded as rejected: 2000-01-01 and 2100-01-01, ms UTC.
EARLIEST_AT = 946_684_800_000
LATEST_AT = 4_102_444_800_000

FUTURE_MS = 300_000  # clocks differ; further ahead one of them is wrong: such a reading is never the latest

Label = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]  # a half of a point's name


class Quality(enum.IntFlag):
    """What is known against a reading; none set is good."""

    GOOD = 0
    SUSPECT = 1  # a check doubts it
    FAULT = 2  # the sensor reported an error; the only case in which the value is null
    CLOCK_UNCERTAIN = 4  # the gateway's clock was not trusted, or the time lies in the future


QUALITY_MASK = 7  # bits outside it come from a newer writer and are kept off the store


def words(quality: int) -> list[str]:
    """The flags by name, as the API and the pages write them: `["suspect"]`; good is the empty list."""
    return [flag.name.lower() for flag in Quality(quality & QUALITY_MASK) if flag.name]


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A quantity of a device: `oht-1/level`."""

    name: Text  # device/metric
    unit: Text = ""  # canonical unit of its values, "" where unknown
    interval_s: Annotated[float, Meta(gt=0, le=31_622_400)] | None = None  # between readings; None: irregular

    @property
    def device(self) -> str:
        return self.name.partition("/")[0]

    @property
    def metric(self) -> str:
        return self.name.partition("/")[2]


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """What a point is derived of, and with which calibrations."""

    point: Text  # the derived one: oht-1/level
    of: Text  # the point that it is derived of: oht-1/distance
    kind: Text  # how: level_from_distance
    # From when on each calibration holds, ms UTC, oldest first.
    calibrations: Annotated[list[Whole], Meta(max_length=CALIBRATIONS_LIMIT)]


class Reading(msgspec.Struct, frozen=True):
    """One measurement of one point."""

    point: str  # device/metric
    at: int  # when the device measured, ms since 1970, UTC
    value: float | None  # in the point's unit; None only with Quality.FAULT
    quality: int = 0  # Quality flags, as an int: built a million times while a backlog drains
