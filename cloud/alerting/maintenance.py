"""Maintenance windows: while one is open, data and alerts are recorded and nobody is told."""

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
    return instant(begun + length, offset) if since < length else None
