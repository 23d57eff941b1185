"""Collecting: patience, the breaker, and what becomes of readings while the store is in trouble."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from edge_agent.collect import POLICY, collect
from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.store import Outbox, open_outbox
from firmware_bridge.fields import Measure
from firmware_bridge.source import Put, Source, SourceError
from protocol.breaker import State
from protocol.messages import Loss
from protocol.reading import Point, Reading
from tests.edge_agent.outbox.contents import look
from tests.edge_agent.outbox.test_trouble import unwritable

AT = 1_700_000_000_000
Feed = Callable[[Put, str | None], Awaitable[None]]


class Scripted:
    """A source that does one thing per call of feed, then has no more readings."""

    def __init__(self, *script: Feed, name: str = "scripted") -> None:
        self.name = name
        self.cursors: list[str | None] = []
        self._script = iter(script)

    def located(self, folder: Path) -> Self:
        return self

    def points(self) -> list[Point]:
        return [Point(f"{self.name}/level", "m", 5.0)]

    def measures(self) -> dict[str, Measure]:
        return {}

    async def feed(self, put: Put, cursor: str | None) -> None:
        self.cursors.append(cursor)
        step = next(self._script, None)
        if step:
            await step(put, cursor)


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[], object] = lambda: None

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        self.on_sleep()
        await asyncio.sleep(0)

    def now_s(self) -> float:
        return self.now


def readings(source: str, *numbers: int) -> list[Reading]:
    return [Reading(f"{source}/level", AT + n, float(n)) for n in numbers]


async def failing(put: Put, cursor: str | None) -> None:
    raise SourceError("the sensor does not answer; look at its cable")


async def crashing(put: Put, cursor: str | None) -> None:
    raise ZeroDivisionError


def putting(*numbers: int, cursor: str | None = None, then: Feed | None = None) -> Feed:
    async def feed(put: Put, before: str | None) -> None:
        await put(readings("scripted", *numbers), cursor)
        if then:
            await then(put, before)

    return feed


async def run(source: Source, outbox: Outbox, clock: Clock) -> None:
    await asyncio.wait_for(collect(source, outbox, clock.sleep, clock.now_s), 30)


async def test_goes_on_from_the_committed_cursor(tmp_path: Path) -> None:
    source = Scripted(putting(1, cursor="one", then=failing), putting(2, cursor="two", then=crashing))
    async with open_outbox(tmp_path / "o.db") as outbox:
        await run(source, outbox, Clock())
        assert source.cursors == [None, "one", "two"]
        assert look(tmp_path / "o.db").unsealed.total() == 2


async def test_a_crash_is_logged_with_its_traceback(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await run(Scripted(crashing, failing), outbox, Clock())
    crash, trouble = (record for record in caplog.records if record.levelno >= logging.WARNING)
    assert crash.getMessage() == "source scripted crashed; it is tried again"
    assert crash.exc_info
    assert crash.exc_info[0] is ZeroDivisionError
    assert trouble.getMessage() == "source scripted: the sensor does not answer; look at its cable"


class Kept(Scripted):
    """A source of what is kept elsewhere."""

    def cursor_from(self, at: int) -> str:
        return str(at)


# Two waits; the third failure opens the breaker, and then it is the breaker's.
@pytest.mark.parametrize(
    ("kind", "bounds"),
    [
        (Scripted, [(0.5, 1), (1, 2), (2.5, 5), (5, 10), (5, 10), (5, 10)]),
        (Kept, [(0.5, 1), (1, 2), (2.5, 5), (5, 10), (10, 20), (20, 40)]),
    ],
)
async def test_waits_longer_and_then_for_its_breaker(
    tmp_path: Path, kind: type[Scripted], bounds: list[tuple[float, float]]
) -> None:
    clock = Clock()
    async with open_outbox(tmp_path / "o.db") as outbox:
        await run(kind(*[failing] * 6), outbox, clock)
    assert len(clock.slept) == len(bounds)
    for waited, (least, most) in zip(clock.slept, bounds, strict=True):
        assert least <= waited <= most


async def test_breaker_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    forever = asyncio.Event()

    async def hanging(put: Put, cursor: str | None) -> None:
        forever.set()
        await asyncio.Event().wait()

    async with open_outbox(path) as outbox, asyncio.TaskGroup() as tasks:
        script = [failing] * (int(POLICY.failures) + 1)
        task = tasks.create_task(run(Scripted(*script, hanging), outbox, Clock()))
        await asyncio.wait_for(forever.wait(), 10)
        task.cancel()
    assert read_facts(path, 0).breakers["scripted"].state is State.HALF_OPEN
    async with open_outbox(path) as outbox:
        clock = Clock()
        await run(Scripted(failing, putting(1, then=failing)), outbox, clock)
        assert clock.slept[0] >= POLICY.open_s  # the second opening: it was not forgotten
        assert (await outbox.load_breakers())["scripted"].state is State.CLOSED


async def test_trouble_of_one_source_does_not_delay_another(tmp_path: Path) -> None:
    stuck = asyncio.Event()

    async def never(seconds: float) -> None:
        stuck.set()
        await asyncio.Event().wait()

    async with open_outbox(tmp_path / "o.db") as outbox, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(collect(Scripted(crashing, name="stuck"), outbox, never))
        await asyncio.wait_for(stuck.wait(), 10)
        await run(Scripted(putting(1), name="well"), outbox, Clock())
        task.cancel()
    assert look(tmp_path / "o.db").unsealed.total() == 1


async def test_store_trouble_keeps_what_was_given_and_records_the_gap(tmp_path: Path) -> None:
    """A source without a cursor can't read again what went by while it was held up."""
    facts = await through_trouble(tmp_path / "o.db", None)
    (loss,) = facts
    assert (loss.point, loss.exact) == ("scripted/level", False)
    # It was held up for three waits of 0.5-1, 1-2 and 2-4 s, and then 60 s: a sample each 5 s.
    assert 11 <= loss.count <= 12


async def test_a_source_with_a_cursor_loses_nothing_by_waiting(tmp_path: Path) -> None:
    assert await through_trouble(tmp_path / "o.db", "c") == []


async def through_trouble(path: Path, cursor: str | None) -> list[Loss]:
    clock = Clock()
    trouble = ExitStack()
    async with open_outbox(path) as outbox:

        async def twice(put: Put, before: str | None) -> None:
            await put(readings("scripted", 1), cursor)
            trouble.enter_context(unwritable(path))
            await put(readings("scripted", *range(2, 102)), cursor)

        def heal() -> None:
            if len(clock.slept) == 3:
                clock.now += 60
                trouble.close()

        clock.on_sleep = heal

        await run(Scripted(twice), outbox, clock)
        found = look(path)
        assert found.readings.total() == 101
        assert set(found.readings.values()) == {1}
        return read_facts(path, 0).losses
