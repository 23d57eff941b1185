"""A put that keeps what it is given, as the outbox would."""

from collections.abc import Sequence

from firmware_bridge.source import Reject
from protocol.reading import Reading


class Full(Exception):
    """The put was told to break here, as a kill would."""


class Taken:
    """What was committed. `fail_at`: the call, from 1, that breaks before it commits anything."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.readings: list[Reading] = []
        self.rejects: list[Reject] = []
        self.cursor: str | None = None
        self.sizes: list[int] = []
        self._fail_at = fail_at

    async def put(
        self, readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        self.sizes.append(len(readings) + len(rejects))
        if len(self.sizes) == self._fail_at:
            raise Full
        self.readings += readings
        self.rejects += rejects
        self.cursor = cursor or self.cursor
