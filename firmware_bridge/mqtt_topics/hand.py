"""What has arrived from a broker and is not yet committed: bounded, and acknowledged after the commit."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from firmware_bridge.source import Put, Reject
from protocol.reading import Reading

LIMIT = 5_000  # readings and rejects; the messages beyond are dropped and counted
# As long as the broker keeps our messages. What could not be committed for so long is acknowledged all the
# same: sent again later, it would be taken for new.
LONGEST_WAIT_S = 60.0


Acknowledge = Callable[[], object]  # tells the broker that it may forget one message


class Message(NamedTuple):
    topic: str
    payload: bytes
    is_retained: bool  # the broker had kept it for whoever comes: its age is unknown
    acknowledge: Acknowledge  # on a lost connection nothing happens: it is sent again


class Hand:
    def __init__(self, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._longest_wait_s = longest_wait_s
        self._readings: list[Reading] = []
        self._rejects: list[Reject] = []
        self._unanswered: list[Acknowledge] = []  # for all that is not committed, oldest first
        self._dropped = 0  # messages
        self._is_late = False  # the commit under way takes longer than the broker waits
        self._is_closed = False
        self._changed = asyncio.Event()

    def take(self, readings: Sequence[Reading], rejects: Sequence[Reject], acknowledge: Acknowledge) -> None:
        """What one message said; never waits."""
        is_full = len(self._readings) + len(self._rejects) >= LIMIT
        if is_full:
            self._dropped += 1
        else:
            self._readings += readings
            self._rejects += rejects
        if is_full or self._is_late or not (readings or rejects):
            acknowledge()
        else:
            self._unanswered.append(acknowledge)
        self._changed.set()

    def close(self) -> None:
        """No more will arrive."""
        self._is_closed = True
        self._changed.set()

    async def keep(self, put: Put) -> None:
        """Hand over what has arrived, all of it at once; returns when closed and empty."""
        loop = asyncio.get_running_loop()
        while await self._more():
            readings, rejects, count = self._readings, self._all_rejects(), len(self._unanswered)
            self._readings, self._rejects, self._dropped = [], [], 0
            late = loop.call_later(self._longest_wait_s, self._give_up)
            try:
                await put(readings, None, rejects)
            finally:
                late.cancel()
            self._settle(0 if self._is_late else count)
            self._is_late = False

    async def _more(self) -> bool:
        while not (self._readings or self._rejects or self._dropped):
            if self._is_closed:
                return False
            self._changed.clear()
            await self._changed.wait()
        return True

    def _all_rejects(self) -> list[Reject]:
        if not self._dropped:
            return self._rejects
        reason = "messages dropped: they came faster than they could be stored"
        return [*self._rejects, Reject("broker", f"{self._dropped} messages", reason)]

    def _give_up(self) -> None:
        self._is_late = True
        self._settle(len(self._unanswered))

    def _settle(self, count: int) -> None:
        for acknowledge in self._unanswered[:count]:
            acknowledge()
        del self._unanswered[:count]
