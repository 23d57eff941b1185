"""Maintenance windows: while one is open, data and alerts are recorded and nobody is told."""

from collections.abc import Iterator

import msgspec

from cloud.alerting.subject import Subject
from protocol.hours import DAY, Offset, instant
from protocol.rule import Severity

WEEK = 7 * DAY


class Window(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    site: str
    device: str = ""  # "": the whole site
    point: str = ""  # "": the whole device
    rules: list[str] = []  # none: all
    ceiling: Severity | None = None  # what is worse is told nevertheless; None: nothing is
    start: int  # ms UTC
    end: int
    weekly: bool = False  # again every week at the same time of the site's clocks
    until: int | None = None  # no repetition begins after it; None: for ever


def mistakes(window: Window) -> Iterator[str]:
    """What is wrong with it, in sentences."""
    if window.end <= window.start:
        yield "the window ends before it begins"
    if window.weekly and window.end - window.start >= WEEK:
        yield "a window that repeats every week must be shorter than a week"
    if window.until is not None and not window.weekly:
        yield "a window that does not repeat has no last repetition: leave out until"
    if window.point and window.device and window.point.partition("/")[0] != window.device:
        yield f"the point {window.point} is not of the device {window.device}"


def covers(window: Window, subject: Subject) -> bool:
    """Whether it is about that alert, whenever it is open."""
    return (
        window.site == subject.site
        and window.device in ("", subject.device)
        and window.point in ("", subject.point)
        and (not window.rules or subject.rule in window.rules)
        and (window.ceiling is None or subject.severity.rank <= window.ceiling.rank)
    )


def open_until(window: Window, at: int, offset: Offset) -> int | None:
    """When it closes, if it is open at that time; None: it is not."""
    if at < window.start:
        return None
    if not window.weekly:
        return window.end if at < window.end else None
    first = window.start + offset(window.start)
    length = window.end + offset(window.end) - first
    since = (at + offset(at) - first) % WEEK
    begun = at + offset(at) - since
    if since >= length or (window.until is not None and instant(begun, offset) > window.until):
        return None
    return instant(begun + length, offset)
