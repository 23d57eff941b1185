"""Maintenance windows: while one is open, data and alerts are recorded and nobody is told."""

from cloud.alerting.subject import Subject
from cloud.store.maintenance import WEEK_MS, Window
from protocol.hours import Offset, instant


def covers(window: Window, subject: Subject) -> bool:
    """Whether it is about that alert, whenever it is open."""
    return (
        (window.site_id is None or str(window.site_id) == subject.site)
        and window.device in ("", subject.device)
        and window.point in ("", subject.point)
        and (not window.rules or subject.rule in window.rules)
        and (window.ceiling is None or subject.severity.rank <= window.ceiling.rank)
    )


def open_until(window: Window, at: int, offset: Offset) -> int | None:
    """When it closes, if it is open at that time; None: it is not."""
    if at < window.since or (window.ended_at is not None and window.ended_at <= at):
        return None
    if not window.weekly:
        return window.until if at < window.until else None
    first = window.since + offset(window.since)
    length = window.until + offset(window.until) - first
    since = (at + offset(at) - first) % WEEK_MS
    begun = at + offset(at) - since
    return instant(begun + length, offset) if since < length else None
