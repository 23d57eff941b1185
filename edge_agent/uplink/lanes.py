"""What is sent next: transitions, then the newest readings, then the backlog. Pure: it is given the time."""

import math

import msgspec

from edge_agent.uplink import window as windows
from edge_agent.uplink.window import Key, Window
from protocol.messages import Lane


class Lanes(msgspec.Struct, frozen=True, kw_only=True):
    """What may wait to be sealed."""

    alert: bool = True  # False: nothing urgent waits
    live_at: float = -math.inf  # when the newest readings are sealed next
    backlog: bool = True  # False: it is known to be empty
    live_was_last: bool = False


class Seal(msgspec.Struct, frozen=True):
    lane: Lane


class Send(msgspec.Struct, frozen=True):
    key: Key


class Wait(msgspec.Struct, frozen=True):
    until: float


def decide(lanes: Lanes, window: Window, epoch: str, number: int, now: float) -> Seal | Send | Wait:
    """The next step; `number` is the next one of `epoch`. After a `Seal` comes a `Send` of what it gave."""
    if not windows.has_room(window, now):
        return Wait(windows.wake_at(window, now))
    waiting = windows.next_due(window, now)
    may_seal = windows.may_seal(window, epoch, number)
    live = lanes.live_at <= now and may_seal
    backlog = waiting is not None or (lanes.backlog and may_seal)
    if lanes.alert and may_seal:
        return Seal(Lane.ALERT)
    if live and not (lanes.live_was_last and backlog):
        return Seal(Lane.LIVE)
    if waiting is not None:
        return Send(windows.key_of(waiting.sealed))
    if backlog:
        return Seal(Lane.BACKLOG)
    return Wait(min(windows.wake_at(window, now), lanes.live_at if may_seal else math.inf))


def sealed(lanes: Lanes, lane: Lane, found: bool, seal_every_s: float, now: float) -> Lanes:
    """A lane was sealed, or `found` empty."""
    if lane is Lane.ALERT:
        return msgspec.structs.replace(lanes, alert=found)
    if lane is Lane.LIVE:
        # What the newest readings left behind is backlog from now on.
        return msgspec.structs.replace(lanes, live_at=now + seal_every_s, live_was_last=found, backlog=True)
    return msgspec.structs.replace(lanes, backlog=found, live_was_last=lanes.live_was_last and not found)


def resent(lanes: Lanes) -> Lanes:
    """A batch from before went out: that is backlog, too."""
    return msgspec.structs.replace(lanes, live_was_last=False)
