"""What checks and derived points remember is kept with the readings: a killed agent derives the same."""

import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.store import open_outbox
from firmware_bridge.fields import Measure, measures_of
from firmware_bridge.refine.stage import Stage
from firmware_bridge.source import Put, SourceError
from protocol.reading import Quality, Reading
from tests.edge_agent.outbox.test_trouble import unwritable
from tests.edge_agent.refined_source import FIELDS, ROWS, reading
from tests.edge_agent.test_collect import Clock, Scripted, putting, run
from tests.waiting import until

ROUNDS = 6
KILLS = 3  # at least; a fast machine may be done before the last
LATEST = 4_000_000_000_000


def test_killed_at_random_moments_it_derives_what_it_would_have(tmp_path: Path) -> None:
    path, journal = tmp_path / "outbox.db", tmp_path / "journal"
    journal.touch()
    moments = random.Random(3)
    killed = [
        killed_after(path, journal, journal.stat().st_size + moments.randrange(4, 24)) for _ in range(ROUNDS)
    ]
    assert sum(killed) >= KILLS
    agent = start(path, journal)
    assert agent.wait(30) == 0
    whole = Stage(measures_of("d", FIELDS)).refine([reading(n) for n in range(ROWS)], LATEST)
    assert stored(path) == whole.readings
    assert {one.quality for one in whole.readings} == {Quality.GOOD, Quality.SUSPECT}
    counted = {one.reason: one.count for one in read_facts(path, LATEST).rejects}
    assert sum(counted.values()) == len(whole.rejects)
    assert {one.reason for one in whole.rejects} == set(counted)
    assert len(counted) == 2  # the swapped sensor, and the meter that went back


class Metered(Scripted):
    def measures(self) -> dict[str, Measure]:
        return measures_of("d", FIELDS)


async def test_what_waits_for_the_store_is_refined_once(tmp_path: Path) -> None:
    path, clock, trouble = tmp_path / "o.db", Clock(), ExitStack()
    rows = [reading(n) for n in range(90)]

    async def feed(put: Put, before: str | None) -> None:
        await put(rows[:30])
        trouble.enter_context(unwritable(path))
        await put(rows[30:60])
        await put(rows[60:])

    clock.on_sleep = lambda: trouble.close() if len(clock.slept) == 3 else None
    async with open_outbox(path) as outbox:
        await run(Metered(feed), outbox, clock)
    whole = Stage(measures_of("d", FIELDS)).refine(rows, LATEST)
    assert len(clock.slept) == 3
    assert stored(path) == whole.readings


async def test_after_a_failure_it_goes_on_with_what_was_kept(tmp_path: Path) -> None:
    rows = [reading(n) for n in range(60)]

    async def first(put: Put, before: str | None) -> None:
        await put(rows[:30])
        raise SourceError("the meter does not answer; look at its cable")

    async def second(put: Put, before: str | None) -> None:
        await put(rows[30:])

    async with open_outbox(tmp_path / "o.db") as outbox:
        await run(Metered(first, second), outbox, Clock())
    whole = Stage(measures_of("d", FIELDS)).refine(rows, LATEST)
    assert stored(tmp_path / "o.db") == whole.readings


async def test_without_checks_and_derived_points_nothing_is_remembered(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await run(Scripted(putting(1, 2)), outbox, Clock())
        assert await outbox.memories("scripted") == {}


def start(path: Path, journal: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.edge_agent.refined_source", str(path), str(journal)]
    )


def killed_after(path: Path, journal: Path, size: int) -> bool:
    """Run it until the journal has grown to a size, then kill it wherever it is; whether it was not done."""
    agent = start(path, journal)
    try:
        until(lambda: agent.poll() is not None or journal.stat().st_size > size, 60, "the journal to grow")
    finally:
        agent.kill()
        code = agent.wait(10)
    assert code in {0, -signal.SIGKILL}
    return code != 0


def stored(path: Path) -> list[Reading]:
    with closing(sqlite3.connect(path)) as sql:
        rows = sql.execute(
            "SELECT name, at, value, quality FROM reading JOIN point ON point.id = reading.point ORDER BY seq"
        )
        return [Reading(*row) for row in rows]
