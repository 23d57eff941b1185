"""Large answers, a few at a time: each counts from its making until its client has it or is given up."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import msgspec

from firmware_bridge.lan.http import Response
from firmware_bridge.thingspeak_door.trouble import trouble

_AT_ONCE = 2  # an answer of 8,000 full entries is 16 MB
_WAIT_S = 10.0  # for a place
_SMALL = 65_536  # bytes of an answer that the system takes at once


class LargeReads:
    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def one(self, make: Callable[[], Awaitable[Response]]) -> Response:
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._places.acquire()
        except TimeoutError:
            return trouble(503, "other large reads are under way; try again, or ask for fewer results")
        with ExitStack() as place:
            place.callback(self._places.release)
            response = await make()
            if len(response.body) <= _SMALL:
                return response
            return msgspec.structs.replace(response, sent=place.pop_all().close)
