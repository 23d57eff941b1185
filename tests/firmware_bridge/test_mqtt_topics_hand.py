"""What has arrived and is not committed: in one put, acknowledged after it, bounded."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from firmware_bridge.mqtt_topics.hand import LIMIT, Hand
from firmware_bridge.source import Reject
from protocol.reading import Reading
from tests.waiting import until_async


class Store:
    """A put that commits when it is let go."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun = asyncio.Event()
        self.readings: list[Reading] = []
        self.rejects: list[Reject] = []
        self.puts = 0

    async def put(
        self, readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        self.begun.set()
        await self.open.wait()
        self.readings += readings
        self.rejects += rejects
        self.puts += 1


@asynccontextmanager
async def kept(hand: Hand, store: Store) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hand.keep(store.put))
        yield
        hand.close()


def take(hand: Hand, number: int, answered: list[int]) -> None:
    hand.take([Reading("a/b", number, 1.0)], [], partial(answered.append, number))


async def test_a_message_is_acknowledged_after_its_commit_and_not_before() -> None:
    hand, store, answered = Hand(), Store(), list[int]()
    async with kept(hand, store):
        take(hand, 0, answered)
        await store.begun.wait()
        for number in range(1, 100):
            take(hand, number, answered)
        assert answered == []
        store.open.set()
    assert answered == list(range(100))
    assert [reading.at for reading in store.readings] == answered
    assert store.puts == 2  # all that came meanwhile is one commit


async def test_what_says_nothing_is_acknowledged_at_once() -> None:
    hand, answered = Hand(), list[int]()
    hand.take([], [], partial(answered.append, 1))
    assert answered == [1]


async def test_more_than_fits_is_dropped_counted_and_acknowledged() -> None:
    hand, store, answered = Hand(), Store(), list[int]()
    async with kept(hand, store):
        take(hand, 0, answered)
        await store.begun.wait()
        for number in range(1, LIMIT + 8):
            take(hand, number, answered)
        assert answered == list(range(LIMIT + 1, LIMIT + 8))
        store.open.set()
    assert len(store.readings) == LIMIT + 1
    assert [reject.text for reject in store.rejects] == ["7 messages"]


async def test_the_broker_is_not_kept_waiting_longer_than_it_keeps_our_messages() -> None:
    hand, store, answered = Hand(longest_wait_s=0.05), Store(), list[int]()
    async with kept(hand, store):
        take(hand, 0, answered)
        await until_async(lambda: answered == [0], 10, "the first is acknowledged")
        take(hand, 1, answered)
        assert answered == [0, 1]  # the store is in trouble: what comes now would wait as long
        store.open.set()
        await until_async(lambda: store.puts == 2, 10, "both are committed")
        take(hand, 2, answered)
        assert answered == [0, 1]
    assert answered == [0, 1, 2]
    assert len(store.readings) == 3
