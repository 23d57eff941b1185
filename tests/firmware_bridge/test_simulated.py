"""The community that is not there: coherent, the same every time, and one with its journal after a crash."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from functools import partial
from io import FileIO
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from firmware_bridge.simulated import community, journal
from firmware_bridge.simulated.simulated import Simulated
from firmware_bridge.source import SourceError
from protocol.reading import Reading
from tests.firmware_bridge.taken import Full, Taken
from tests.waiting import until, until_async

DAY_MS = 86_400_000
EVERY_MS = 5_000
INDIA_MS = 19_800_000
BEGIN = 1_750_000_000_000 // EVERY_MS * EVERY_MS

Row = tuple[str, int, float | None]


def days(count: int, seed: int = 1, every_ms: int = EVERY_MS) -> list[community.State]:
    states = [community.State(at=BEGIN)]
    for _ in range(count * DAY_MS // every_ms):
        states.append(community.step(states[-1], every_ms, seed, INDIA_MS))
    return states


def rows_of(readings: list[Reading]) -> list[Row]:
    return [(reading.point, reading.at, reading.value) for reading in readings]


def journaled(path: Path) -> list[Row]:
    split = (line.split(",") for line in path.read_text().splitlines())
    return [(point, int(at), float(value)) for point, at, value in split]


async def take(source: Simulated, taken: Taken, ready: int) -> None:
    """Run the source until so many readings are there, then stop it as a kill would: anywhere."""
    task = asyncio.create_task(source.feed(taken.put, taken.cursor))
    await until_async(lambda: task.done() or len(taken.readings) >= ready, 30, f"{ready} readings")
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


@pytest.mark.parametrize("every_ms", [EVERY_MS, 60_000, 3_600_000])
def test_the_meters_agree_with_the_tank(every_ms: int) -> None:
    shown = [community.values(state, every_ms, 1, INDIA_MS) for state in days(2, every_ms=every_ms)]
    for before, after in pairwise(shown):
        pumped = after["borewell-1/total"] - before["borewell-1/total"]
        drawn = after["flow-1/total"] - before["flow-1/total"]
        assert abs(after["oht-1/volume"] - before["oht-1/volume"] - (pumped - drawn)) < 0.31
        assert abs(after["flow-1/rate"] * every_ms / 60_000 - drawn) < 0.11 + every_ms / 1e6
        assert abs(after["oht-1/level"] - after["oht-1/volume"] / 8_000) < 0.0006
    gained = {name: shown[-1][name] - shown[0][name] for name in shown[0]}
    assert abs(gained["borewell-1/total"] - gained["flow-1/total"] - gained["oht-1/volume"]) < 0.31


def test_the_pump_keeps_the_tank_between_its_switches() -> None:
    states = days(3)
    shares = [state.tank_ml / community.TANK_ML for state in states]
    assert 0.3 < min(shares) < 0.35
    assert 0.95 <= max(shares) < 0.97
    starts = sum(after.pump and not before.pump for before, after in pairwise(states))
    assert 3 <= starts <= 24
    for before, after in pairwise(states):
        assert after.pumped_ml == before.pumped_ml or before.pump
        assert after.depth_m >= before.depth_m or not before.pump


def test_people_draw_most_in_the_morning_and_evening_of_their_own_day() -> None:
    drawn = [0] * 24
    for state in days(4):
        drawn[(state.at + INDIA_MS) // 3_600_000 % 24] += state.last_drawn_ml
    assert max(range(12), key=drawn.__getitem__) in (6, 7)
    assert max(range(12, 24), key=drawn.__getitem__) in (18, 19)
    assert drawn[3] < drawn[7] / 5


def test_the_same_seed_is_the_same_community_and_another_is_not() -> None:
    assert days(1)[-1] == days(1)[-1]
    assert days(1)[-1] != days(1, seed=2)[-1]


def test_a_cursor_holds_all_that_decides_the_rest() -> None:
    states = days(1)
    for state in states[::1000]:
        back = msgspec.json.decode(msgspec.json.encode(state), type=community.State)
        assert back == state
        assert community.step(back, EVERY_MS, 1, INDIA_MS) == community.step(state, EVERY_MS, 1, INDIA_MS)


async def test_the_past_comes_first_and_real_time_after() -> None:
    source = Simulated(name="community", every_s=0.5, past_h=0.25, extra_points=15)
    taken, began = Taken(), time.time() * 1000
    ticks = 0.25 * 3600 / 0.5
    await take(source, taken, int((ticks + 3) * len(source.points())))
    assert {reading.point for reading in taken.readings} == {point.name for point in source.points()}
    times = sorted({reading.at for reading in taken.readings})
    assert times == list(range(times[0], times[-1] + 1, 500))
    assert abs(times[0] - (began - 900_000)) <= 1_000
    assert taken.readings[-1].at <= time.time() * 1000
    assert len(set(rows_of(taken.readings))) == len(taken.readings)


@pytest.mark.parametrize("broken", [1, 2, 7])
async def test_a_crash_between_journal_and_commit_repeats_the_same(tmp_path: Path, broken: int) -> None:
    path = tmp_path / "journal.csv"
    source = Simulated(name="community", every_s=5, past_h=1, journal=str(path))
    taken = Taken(fail_at=broken)
    with pytest.raises(Full):
        await take(source, taken, 7_200)
    assert set(journaled(path)) > set(rows_of(taken.readings))
    with path.open("a") as torn:
        torn.write("oht-1/level,17")
    await take(source, taken, 7_200)
    assert len(set(rows_of(taken.readings))) == len(taken.readings)
    assert {(point, at) for point, at, _ in rows_of(taken.readings)} == {r[:2] for r in journaled(path)}
    assert set(rows_of(taken.readings)) == set(journaled(path))


KILLED = """
import asyncio, pathlib, sys
from firmware_bridge.simulated.simulated import Simulated

async def main(journal: str, state: str) -> None:
    kept = pathlib.Path(state)

    async def put(readings, cursor=None, rejects=()):
        await asyncio.sleep(0)
        kept.with_suffix(".new").write_text(cursor)
        kept.with_suffix(".new").rename(kept)

    cursor = kept.read_text() if kept.exists() else None
    await Simulated(name="c", every_s=0.01, past_h=2, journal=journal).feed(put, cursor)

asyncio.run(main(*sys.argv[1:]))
"""


def is_longer(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size > size


def test_killed_at_any_moment_the_journal_holds_one_unbroken_sequence(tmp_path: Path) -> None:
    path, state = tmp_path / "journal.csv", tmp_path / "state"
    for kill in range(4):
        wanted = (path.stat().st_size if path.exists() else 0) + 60_000 + 37_123 * kill
        running = subprocess.Popen([sys.executable, "-c", KILLED, str(path), str(state)])
        try:
            until(partial(is_longer, path, wanted), 30, "a longer journal")
        finally:
            os.kill(running.pid, signal.SIGKILL)
            running.wait()
    whole_lines = path.read_bytes().rpartition(b"\n")[0]
    path.write_bytes(whole_lines)
    found = journaled(path)
    state_then = community.State(at=found[0][1] - 10)
    expected: set[Row] = set()
    while state_then.at < found[-1][1]:
        state_then = community.step(state_then, 10, 1, INDIA_MS)
        shown = community.values(state_then, 10, 1, INDIA_MS)
        expected |= {(point, state_then.at, value) for point, value in shown.items()}
    assert set(found) <= expected
    last_tick = {row for row in expected if row[1] == found[-1][1]}  # the kill may have torn it
    assert expected - set(found) <= last_tick


async def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text("[gateway]\nname = 'amba'")
    with pytest.raises(SourceError, match="no journal"):
        await Simulated(name="c", journal=str(path)).feed(Taken().put, None)
    assert path.read_text() == "[gateway]\nname = 'amba'"


async def test_a_journal_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="check its folder"):
        await Simulated(name="c", journal=str(tmp_path / "none" / "j.csv")).feed(Taken().put, None)
    with FileIO("/dev/full", "w") as full, pytest.raises(SourceError, match="No space left"):
        journal.append(full, [Reading("oht-1/level", 5, 1.0)])


async def test_a_cursor_of_something_else() -> None:
    with pytest.raises(SourceError, match="new name"):
        await Simulated(name="c").feed(Taken().put, '{"offset": 5}')
