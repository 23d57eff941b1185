"""How soon after each other a channel takes updates."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from firmware_bridge.history import NotKept
from firmware_bridge.thingspeak_door.channel import Channel


class Pace:
    """Forgotten with the process: after a start every channel may be written to at once."""

    def __init__(self) -> None:
        self._taken_at: dict[int, float] = {}  # by channel, monotonic seconds

    @contextmanager
    def turn(self, channel: Channel) -> Iterator[bool]:
        """Whether it is time for the next one. A turn that kept nothing is given back."""
        now, before = time.monotonic(), self._taken_at.get(channel.id, -math.inf)
        is_time = now - before >= channel.min_interval_s
        if is_time:
            self._taken_at[channel.id] = now
        try:
            yield is_time
        except NotKept:
            self._taken_at[channel.id] = before
            raise
