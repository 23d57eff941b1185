"""What was posted and waits for the store: told in time, given up or refused, never more than fits."""

import asyncio
from collections.abc import Sequence

import pytest

from firmware_bridge.history import NotKept
from firmware_bridge.http_push.hand import LIMIT, Hand
from firmware_bridge.source import Reject
from protocol.reading import Reading


class Stuck:
    """A store that takes nothing until it is let go."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.readings: list[Reading] = []

    async def put(
        self, readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        await self.free.wait()
        self.readings += readings


async def test_with_a_store_in_trouble_a_device_is_told_in_time_and_what_waits_is_given_up() -> None:
    store, hand = Stuck(), Hand(patience_s=0.1)
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(hand.keep(store.put, None))
        with pytest.raises(NotKept, match="send it again later"):
            await hand.take([Reading("a/b", 1, 1.0)], [])  # it is with the store: it may be kept
        with pytest.raises(NotKept):
            await hand.take([Reading("a/b", 2, 1.0)], [])  # it waits behind that: given up
        store.free.set()
        await hand.take([Reading("a/b", 3, 1.0)], [])
        keeper.cancel()
    assert [reading.at for reading in store.readings] == [1, 3]


async def test_what_the_store_refuses_is_refused_with_its_words() -> None:
    async def put(
        readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        raise NotKept("this is a trial")

    hand = Hand()
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(hand.keep(put, None))
        for _ in range(2):
            with pytest.raises(NotKept, match="this is a trial"):
                await hand.take([Reading("a/b", 1, 1.0)], [])
        keeper.cancel()


async def test_more_than_may_wait_is_refused_at_once() -> None:
    store, hand = Stuck(), Hand()
    many = [Reading("a/b", at, 1.0) for at in range(LIMIT)]
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(hand.take(many, []))
        await asyncio.sleep(0)
        with pytest.raises(NotKept, match="too much waits"):
            await hand.take(many[:1], [])
        keeper = tasks.create_task(hand.keep(store.put, None))
        store.free.set()
        await waiting
        keeper.cancel()
    assert len(store.readings) == LIMIT
