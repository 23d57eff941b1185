"""What is sent next: transitions, then the newest readings, then the backlog. Pure: it is given the time."""

import math
from typing import Self

import msgspec
from msgspec.structs import replace

from edge_agent.uplink.window import Key, Window, key_of
from protocol.messages import Lane


class Seal(msgspec.Struct, frozen=True):
    lane: Lane


class Send(msgspec.Struct, frozen=True):
    key: Key


class Wait(msgspec.Struct, frozen=True):
    until: float


class Lanes(msgspec.Struct, frozen=True, kw_only=True):
    """What may wait to be sealed."""

    alert: bool = True  # False: nothing urgent waits
    live_at: float = -math.inf  # when the newest readings are sealed next
    backlog: bool = True  # False: it is known to be empty
    live_was_last: bool = False

    def decide(self, window: Window, epoch: str, number: int, now: float) -> Seal | Send | Wait:
        """The next step; `number` is the next one of `epoch`. What a `Seal` gives is sent at once."""
        if not window.has_room(now):
            return Wait(window.wake_at(now))
        waiting = window.next_due(now)
        may_seal = window.may_seal(epoch, number)
        live = self.live_at <= now and may_seal
        # Only the newest may add to what rests because the cloud can't take it now.
        backlog = waiting is not None or (self.backlog and may_seal and not window.is_full())
        if self.alert and may_seal:
            return Seal(Lane.ALERT)
        if live and not (self.live_was_last and backlog):
            return Seal(Lane.LIVE)
        if waiting is not None:
            return Send(key_of(waiting.sealed))
        if backlog:
            return Seal(Lane.BACKLOG)
        return Wait(min(window.wake_at(now), self.live_at if may_seal else math.inf))

    def sealed(self, lane: Lane, found: bool, seal_every_s: float, now: float) -> Self:
        """A lane was sealed, or `found` empty."""
        if lane is Lane.ALERT:
            return replace(self, alert=found)
        if lane is Lane.LIVE:
            # What the newest readings left behind is backlog from now on.
            return replace(self, live_at=now + seal_every_s, live_was_last=found, backlog=True)
        return replace(self, backlog=found, live_was_last=self.live_was_last and not found)

    def resent(self) -> Self:
        """A batch from before went out: that is backlog, too."""
        return replace(self, live_was_last=False)
