"""What there is to tell somebody, alert by alert, and what of it goes out now. Pure."""

import enum
from collections.abc import Sequence

import msgspec

from cloud.alerting.receiver import Receiver
from cloud.alerting.suppress import Reason
from protocol.hours import Offset
from protocol.rule import Severity

_JOINS = 1_000  # ms that a repetition waits for news of its site


class What(enum.StrEnum):
    """What a message says of an alert."""

    FIRES = "fires"
    ROSE = "rose"
    STILL_FIRES = "still fires"
    ENDED = "ended"


class Line(msgspec.Struct, frozen=True):
    alert: str
    what: What


class Item(msgspec.Struct, frozen=True):
    """What a person would be told of one alert."""

    line: Line
    severity: Severity
    due: int
    receivers: list[Receiver]  # by whose ways, each in its hours
    channels: tuple[str, ...]  # or by these, whatever the hour
    held_by: Reason  # while it is not due
    joins: bool  # it may go with a message that is due before


def in_step(items: list[Item], offset: Offset, now: int) -> list[Item]:
    """What goes on is repeated together, counted from the newest time any of it was told; in their hours."""
    due = max((one.due for one in items if one.line.what is What.STILL_FIRES), default=0)
    return [
        msgspec.structs.replace(one, due=_first(one, due, offset, now))
        if one.line.what is What.STILL_FIRES
        else one
        for one in items
    ]


def _first(item: Item, due: int, offset: Offset, now: int) -> int:
    """When the first of them is told of what is due then, or is overdue."""
    told = min(one.told_at(item.severity, max(due, now), offset) for one in item.receivers)
    return due if told == now else told


def going_out(items: list[Item], now: int) -> list[Item]:
    """What goes out now. News take along whatever goes on; a repetition waits a moment for news."""
    due = [one for one in items if one.due <= now]
    if any(one.line.what is not What.STILL_FIRES for one in due):
        return [one for one in items if one.joins or one.due <= now]
    soon = min((one.due for one in due), default=now) + _JOINS
    if any(one.line.what is not What.STILL_FIRES and one.joins and one.due <= soon for one in items):
        return []
    return [one for one in items if one.line.what is What.STILL_FIRES] if due else []


def ways(items: Sequence[Item], offset: Offset, now: int) -> tuple[str, ...]:
    """The channels of a message that goes out now: a route's only in its hours."""
    open_now = [
        one for item in items for one in item.receivers if one.told_at(item.severity, now, offset) == now
    ]
    return tuple(dict.fromkeys([*(way for item in items for way in item.channels), *channels(open_now)]))


def channels(receivers: Sequence[Receiver]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(channel for one in receivers for channel in one.channels))
