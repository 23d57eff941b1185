"""Maintenance windows: while one is open, data and alerts are recorded and nobody is told."""

import itertools
from collections.abc import Iterator

from cloud.alerting.subject import Subject
from cloud.store.maintenance import WEEK_MS, Window
from protocol.hours import Offset, instant
from protocol.reading import LATEST_AT

Span = tuple[int, int]  # from, to, ms UTC


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
    return next((until for since, until in openings(window, at, offset) if since <= at), None)


def openings(window: Window, after: int, offset: Offset) -> Iterator[Span]:
    """When it is open, by the clocks of its site: each time that ends after a moment, in their order."""
    over_at = LATEST_AT if window.ended_at is None else window.ended_at
    first_week = max(0, (after - window.since) // WEEK_MS - 1)
    for week in itertools.count(first_week) if window.weekly else [0]:
        since, until = (_weeks_later(one, week, offset) for one in (window.since, window.until))
        if since >= over_at:
            return
        if min(until, over_at) > max(since, after):
            yield since, min(until, over_at)


def _weeks_later(at: int, weeks: int, offset: Offset) -> int:
    """When the clocks there show the same again."""
    return instant(at + offset(at) + weeks * WEEK_MS, offset) if weeks else at
