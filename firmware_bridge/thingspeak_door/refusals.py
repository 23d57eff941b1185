"""What the door refused before it could be an entry, as rejects; folded: firmware tries again and again."""

import asyncio
import time
from contextlib import suppress

from firmware_bridge.history import SENT_AGAIN
from firmware_bridge.reject_fold import Fold
from firmware_bridge.source import REJECT_TEXT_LIMIT, Put, Reject


class Refusals:
    """Kinds are told apart by place and reason, which must be of a bounded number."""

    def __init__(self) -> None:
        self._fold = Fold()
        self._came = asyncio.Event()

    def note(self, where: str, text: str, reason: str) -> None:
        """`text` must not hold a key; a body does."""
        reject = Reject(where, text[:REJECT_TEXT_LIMIT], reason)
        self._fold.add(f"{where} {reason}", reject, time.monotonic())
        self._came.set()

    async def keep(self, put: Put) -> None:
        """Hand over what was noted, for ever."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._fold.wait_s(time.monotonic())):
                    await self._came.wait()
            self._came.clear()
            if rejects := self._fold.due(time.monotonic()):
                await put([], SENT_AGAIN, rejects)
