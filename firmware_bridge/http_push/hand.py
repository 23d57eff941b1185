"""What devices have posted and is not yet committed: bounded; each is told when its own is."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from firmware_bridge.history import NotKept
from firmware_bridge.source import Put, Reject
from protocol.reading import Reading

LIMIT = 20_000  # readings and rejects that wait; more are refused
# Arduino's client gives up after 5 s; who was told 503 by then knows that it must send it again.
PATIENCE_S = 4.0


class Push(NamedTuple):
    readings: Sequence[Reading]
    rejects: Sequence[Reject]
    stored: asyncio.Future[NotKept | None]  # None: it is


class Hand:
    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._waiting: dict[int, Push] = {}  # by the future's id, oldest first
        self._size = 0  # readings and rejects in it
        self._arrived = asyncio.Event()

    async def take(self, readings: Sequence[Reading], rejects: Sequence[Reject]) -> None:
        """Returns once it is committed. Raises NotKept: it is not, or that is not known yet.

        What still waits is given up then, so that it is there once when it is sent again. What is with the
        store already may be kept: then it is there twice, unless it bears a time of its own.
        """
        size = len(readings) + len(rejects)
        if self._size and self._size + size > LIMIT:
            raise NotKept("too much waits to be stored; send it again later")
        push = Push(readings, rejects, asyncio.get_running_loop().create_future())
        self._waiting[id(push.stored)] = push
        self._size += size
        self._arrived.set()
        done, _ = await asyncio.wait([push.stored], timeout=self._patience_s)
        if done and (refusal := push.stored.result()):
            raise refusal
        if not done:
            if self._waiting.pop(id(push.stored), None):
                self._size -= size
            raise NotKept("the store is in trouble; send it again later")

    async def keep(self, put: Put, cursor: str | None) -> None:
        """Hand over what has arrived, all of it at once, for ever; the `cursor` with the first."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            pushes, self._waiting, self._size = [*self._waiting.values()], {}, 0
            refusal = await _put(put, pushes, cursor) if pushes else None
            for push in pushes:
                push.stored.set_result(refusal)
            cursor = None if pushes else cursor


async def _put(put: Put, pushes: Sequence[Push], cursor: str | None) -> NotKept | None:
    readings = [reading for push in pushes for reading in push.readings]
    rejects = [reject for push in pushes for reject in push.rejects]
    try:
        await put(readings, cursor, rejects)
    except NotKept as error:
        return error
    return None
