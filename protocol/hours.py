"""Hours of the day and days of the week. Knows no time zones: it is given the offset to UTC."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

# The zone of a site: how far its clocks are ahead of UTC at a time, both in ms.
Offset = Callable[[int], int]

Weekday = Annotated[int, Meta(ge=0, le=6)]  # Monday is 0

MINUTE = 60_000
DAY = 86_400_000
_MONDAY_FIRST = 3  # 1970 began on a Thursday


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a minute of the day until another; past midnight where it ends before it begins."""

    start: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]  # 22:00
    end: Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]  # 24:00: to midnight
    days: list[Weekday] = []  # on which they begin; none: every day


def contains(hours: Hours, at: int, offset: Offset) -> bool:
    """Whether clocks there show one of these hours."""
    local = at + offset(at)
    start, end, since_midnight = minutes(hours.start), minutes(hours.end), local % DAY // MINUTE
    if start < end:
        return start <= since_midnight < end and _begins_on(hours, local)
    if since_midnight >= start:
        return _begins_on(hours, local)
    return since_midnight < end and _begins_on(hours, local - DAY)


def next_start(hours: Hours, at: int, offset: Offset) -> int:
    """When they begin next, strictly after `at`."""
    local = at + offset(at)
    first = local - local % DAY + minutes(hours.start) * MINUTE
    begins = (first + day * DAY for day in range(9))
    return next(
        when for local in begins if _begins_on(hours, local) and (when := instant(local, offset)) > at
    )


def instant(local: int, offset: Offset) -> int:
    """When clocks there show that: the first time of two; what summer time skips comes as much later."""
    offsets = sorted({offset(local - DAY), offset(local + DAY)}, reverse=True)
    times = [local - ahead for ahead in offsets]
    return next((at for at in times if at + offset(at) == local), times[-1])


def weekday(local: int) -> int:
    """Of a local time in ms; Monday is 0."""
    return (local // DAY + _MONDAY_FIRST) % 7


def minutes(clock: str) -> int:
    """Minutes since midnight of 07:30."""
    return int(clock[:2]) * 60 + int(clock[3:])


def _begins_on(hours: Hours, local: int) -> bool:
    return not hours.days or weekday(local) in hours.days
