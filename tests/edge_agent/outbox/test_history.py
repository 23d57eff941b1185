"""Entries of devices in the outbox: numbered once for ever, kept with their readings or not at all."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec
import pytest

from edge_agent.outbox.entries import KEPT, KEPT_WHEN_FULL
from edge_agent.outbox.history import OutboxHistory
from edge_agent.outbox.store import open_outbox
from firmware_bridge.history import ChannelFacts, Draft, Entry, NotKept
from firmware_bridge.refine.stage import Stage
from firmware_bridge.source import Reject
from protocol.reading import Reading
from tests.edge_agent.outbox.contents import look
from tests.edge_agent.outbox.small_disk import fill
from tests.firmware_bridge.refining import LEVEL, fields_of, toml_of

NOW = 1_800_000_000_000
NONE = (None,) * 6


def draft(value: int | str, at: int | None = None, channel: int = 1, point: str = "oht-1/level") -> Draft:
    """Without `at` it has no time of its own."""
    stamp = NOW if at is None else at
    entry = Entry(channel=channel, id=0, at=stamp, fields=(str(value), *NONE, None), status="ok")
    readings = [Reading(point, stamp, float(value))] if isinstance(value, int) else []
    rejects = [] if readings else [Reject("field1", str(value), "no number")]
    return Draft(entry=entry, has_own_time=at is not None, readings=readings, rejects=rejects)


@asynccontextmanager
async def opened(
    path: Path, stage: Stage | None = None, now: Callable[[], int] = lambda: NOW
) -> AsyncIterator[OutboxHistory]:
    async with open_outbox(path, now=now) as outbox:
        yield outbox.history("door", stage or Stage({}), _nothing)


async def _nothing() -> None:
    pass


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as sql:
        return sql.execute(query).fetchall()


async def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    for first in (1, 5):
        async with opened(tmp_path / "outbox.db") as history:
            found = await asyncio.gather(*(history.keep([draft(n)]) for n in range(3)))
            assert found == [[first], [first + 1], [first + 2]]
            other = await history.keep([draft(7, channel=2), draft(8), draft(9, channel=2)])
    assert other == [3, 8, 4]


async def test_an_entry_is_given_back_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with opened(path) as history:
        assert await history.facts(1) == ChannelFacts()
        assert await history.last(1) is None
        await history.keep([draft(5, at=NOW - 1000), draft("pump on", at=NOW - 2000)])
        last = await history.last(1)
        assert last == Entry(channel=1, id=2, at=NOW - 2000, fields=("pump on", *NONE, None), status="ok")
        assert await history.last(1, field=1) == last
        assert await history.last(1, field=2) is None
        assert await history.entry(1, 2) == last
        assert await history.entries(1, NOW - 2000, NOW - 1000, 10) == [last]
        assert [one.id for one in await history.entries(1, 0, NOW, 10)] == [2, 1]
        assert [one.id for one in await history.entries(1, 0, NOW, 1)] == [1]
        assert await history.facts(1) == ChannelFacts(NOW, 2, frozenset({1}))
    assert rows(path, "SELECT source, place, text FROM reject") == [("door", "field1", "pump on")]
    assert look(path).readings == {("oht-1/level", NOW - 1000): 1}


async def test_what_comes_again_is_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with opened(path) as history:
        again = [history.keep([draft(5, at=NOW)]) for _ in range(3)]
        assert await asyncio.gather(*again) == [[1], [1], [1]]
        assert await history.keep([draft(6, at=NOW), draft(5, at=NOW), draft(7)]) == [None, 1, 2]
    assert [reading[1] for reading in look(path).readings] == [NOW, NOW + 1]
    assert rows(path, "SELECT text, reason FROM reject") == [
        ("field1=6", "another entry has this created_at")
    ]


async def test_stamps_are_the_next_free_ms(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with opened(path) as history:
        await history.keep([draft(1, at=NOW + 1)])
        await history.keep([draft(2)])
        await asyncio.gather(*(history.keep([draft(n)]) for n in range(3, 6)))
    async with opened(path) as history:
        await history.keep([draft(6)])
        ats = {int(one.fields[0] or 0): one.at - NOW for one in await history.entries(1, 0, 2 * NOW, 10)}
    assert ats == {1: 1, 2: 0, 3: 2, 4: 3, 5: 4, 6: 5}
    assert look(path).readings == {("oht-1/level", NOW + later): 1 for later in range(6)}


async def test_a_clock_that_was_set_back_is_believed(tmp_path: Path) -> None:
    path, times = tmp_path / "outbox.db", [NOW, NOW - 20_000, NOW - 5_000]
    async with opened(path, now=lambda: times[0]) as history:
        for _ in range(3):
            now = times[0]
            await history.keep([msgspec.structs.replace(draft(1, at=now), has_own_time=False)])
            times.append(times.pop(0))
    assert look(path).readings == {("oht-1/level", at): 1 for at in times}


async def test_what_a_bulk_tells_of_the_past_is_not_moved(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    past = [msgspec.structs.replace(draft(n, at=NOW - 1000 * n), has_own_time=False) for n in (2, 1)]
    async with opened(path) as history:
        await history.keep([draft(3)])
        await history.keep([*past, draft(4)])
    assert look(path).readings == {("oht-1/level", NOW + later): 1 for later in (-2000, -1000, 0, 1)}


async def test_a_bulk_in_the_middle_of_another_is_kept_in_time(tmp_path: Path) -> None:
    size = 5_000
    past = [
        msgspec.structs.replace(draft("x", at=NOW - 60_000 + n), has_own_time=False, rejects=())
        for n in range(size)
    ]
    async with opened(tmp_path / "outbox.db") as history:
        for start in (1, size + 1, 2 * size + 1):
            assert await history.keep(past) == list(range(start, start + size))
        found = await history.entries(1, 0, NOW, 3 * size)
    assert [one.at for one in found] == list(range(NOW - 60_000, NOW - 60_000 + 3 * size))


async def test_old_entries_are_given_up_but_not_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with opened(path) as history:
        await history.keep([draft(n) for n in range(10)])
    with closing(sqlite3.connect(path)) as sql, sql:  # as if it had gone on for long
        sql.execute("UPDATE channel SET last_id = ?", (KEPT + 990,))
    async with opened(path) as history:
        assert await history.keep([draft(n) for n in range(10, 20)]) == list(range(KEPT + 991, KEPT + 1001))
        assert await history.entry(1, 10) is None
        assert [one.id for one in await history.entries(1, 0, 2 * NOW, 99)] == list(
            range(KEPT + 991, KEPT + 1001)
        )
        assert await history.keep([draft("x")]) == [KEPT + 1001]


async def test_a_full_disk_gives_no_number_and_entries_are_given_up_first(disk: Path) -> None:
    path = disk / "outbox.db"
    async with opened(path) as history:
        told: list[int | None] = []
        filler = None
        while True:
            try:
                async with asyncio.timeout(5):
                    told += await history.keep([draft("text " * 20) for _ in range(100)])
            except NotKept:
                break
            if len(told) == 3 * KEPT_WHEN_FULL:
                filler = fill(disk)
        assert filler is not None
        first = (await history.entries(1, 0, 2 * NOW, 1_000_000))[0].id
        assert first > 1
        assert len(told) - first < KEPT_WHEN_FULL + 100
        filler.unlink()
        assert await history.keep([draft(1)]) == [len(told) + 1]
    assert told == list(range(1, len(told) + 1))


async def test_a_store_that_hangs_gives_no_number_in_time_and_keeps_nothing_later(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with opened(path) as history:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(4):
                with pytest.raises(NotKept):
                    await history.keep([draft(1)])
        assert await history.keep([draft(2)]) == [1]
    assert rows(path, "SELECT field1 FROM entry") == [("2",)]
    assert len(look(path).readings) == 1


async def test_readings_go_through_the_stage_and_its_memory_is_kept_with_them(tmp_path: Path) -> None:
    """A retry is not shown to it again."""
    path = tmp_path / "outbox.db"
    measures = {"oht-1/raw": fields_of(toml_of("cm", LEVEL))[0]}

    def drafts(values: Sequence[int]) -> list[Draft]:
        return [draft(value, at=NOW + value, point="oht-1/raw") for value in values]

    async with opened(path, Stage(measures)) as history:
        assert await history.keep(drafts([1, 2])) == [1, 2]
        assert await history.keep(drafts([1, 2, 3])) == [1, 2, 3]
    names = [name for name, _ in look(path).readings.elements()]
    assert (names.count("oht-1/raw"), names.count("oht-1/it")) == (3, 3)
