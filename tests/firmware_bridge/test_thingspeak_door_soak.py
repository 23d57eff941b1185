"""Fifty firmware clients at once, with every habit there is, on an agent that is killed in between.

Every number that a client was told is in the store, once, with what the client wrote; so are its readings.
"""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.agents import Agent, agent
from tests.firmware_bridge.door_clients import ANSWER_S, HABITS, OTHER, Channel, Client, Written
from tests.server import free_port
from tests.waiting import until_async

CLIENTS = 50
UPDATES_PER_S = 500
CHANNELS = [Channel(4201 + place, f"WRITEKEY{place:08d}") for place in range(5)]

DOOR = '[[sources]]\nkind = "thingspeak_door"\nname = "door"\nlisten = "127.0.0.1:{port}"\n'
CHANNEL = """
[[sources.channels]]
id = {id}
write_key = "{key}"
device = "tank-{id}"
fields = [{{ field = 1, metric = "level", unit = "cm" }}]
"""


class Metronome:
    """So many turns a second, for all together. Those of a time without an agent are not made up for."""

    def __init__(self) -> None:
        self.is_over = False
        self._next = asyncio.get_running_loop().time()

    async def turn(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + 1 / UPDATES_PER_S, now - 0.1)
        await asyncio.sleep(self._next - now)
        if self.is_over:
            raise StopAsyncIteration


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("seconds", "kills"), [pytest.param(6, 2, id="6s"), pytest.param(60, 6, id="60s", marks=pytest.mark.long)]
)
async def test_every_answered_update_is_kept_once(tmp_path: Path, seconds: int, kills: int) -> None:
    port = free_port()
    channels = "".join(CHANNEL.format(id=channel.id, key=channel.key) for channel in CHANNELS)
    with agent(tmp_path, sources=DOOR.format(port=port) + channels) as running:
        await _listens(port)
        metronome, used_s = Metronome(), 0.0
        clients = [Client(port, CHANNELS[place % 5], place, metronome.turn) for place in range(CLIENTS)]
        async with asyncio.TaskGroup() as tasks:
            for place, client in enumerate(clients):
                tasks.create_task(client.run(HABITS[place % len(HABITS)]))
            for _ in range(kills):
                await asyncio.sleep(seconds / (kills + 1))  # a life
                used_s += _cpu_s(running)
                running.kill()
                running.start()
                await _listens(port)
            await asyncio.sleep(seconds / (kills + 1))
            metronome.is_over = True
        used_s += _cpu_s(running)
        written = [one for client in clients for one in client.written]
        _say(clients, seconds, used_s, running)
        assert running.stop() == 0
    assert "Traceback" not in running.log.read_text()
    kept = judge(tmp_path / "outbox.db", written)
    assert {text for client in clients for text in client.taken} <= kept
    assert sum(one.number is not None for one in written) > seconds * UPDATES_PER_S / 10
    assert max(client.slowest_s for client in clients) < ANSWER_S


def judge(path: Path, written: list[Written]) -> set[str]:
    """The texts of all entries."""
    with closing(sqlite3.connect(path)) as sql:
        kept = {
            (number, entry): text
            for number, entry, text in sql.execute(
                "SELECT number, id, field3 FROM entry JOIN channel ON channel.key = entry.channel"
            )
        }
        last_ids = dict(sql.execute("SELECT number, last_id FROM channel"))
        entries = Counter(
            (f"tank-{number}/level", at)
            for number, at in sql.execute(
                "SELECT number, at FROM entry JOIN channel ON channel.key = entry.channel"
            )
        )
        readings = Counter(
            sql.execute("SELECT name, at FROM reading JOIN point ON point.id = reading.point").fetchall()
        )
    answered = [one for one in written if one.number is not None]
    assert [one for one in answered if kept.get((one.channel, one.number or 0)) != one.text] == []
    told = Counter((one.channel, one.number) for one in answered)
    assert [number for number, times in told.items() if times > 1] == []
    assert [text for text, times in Counter(kept.values()).items() if times > 1] == []
    # Counted without a gap, over every death.
    assert Counter(number for number, _ in kept) == last_ids
    assert readings == entries
    assert set(readings.values()) == {1}
    return set(kept.values())


def _cpu_s(running: Agent) -> float:
    times = psutil.Process(running.pid).cpu_times()
    return float(times.user + times.system)


def _say(clients: list[Client], seconds: float, used_s: float, running: Agent) -> None:
    answered = sum(one.number is not None for client in clients for one in client.written)
    memory = psutil.Process(running.pid).memory_info().rss / 1e6
    print(
        f"\n{answered} answered in {seconds:.0f} s: {answered / seconds:.0f}/s; "
        f"{used_s / answered * 1e6:.0f} us of CPU each; "
        f"{sum(client.lost for client in clients)} lost; slowest {max(c.slowest_s for c in clients):.2f} s; "
        f"{memory:.0f} MB"
    )


async def _listens(port: int) -> None:
    async def answers() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=OTHER)
        except OSError:
            return False
        writer.close()
        return True

    await until_async(answers, 20, "the door listens")
