"""What firmware sends to the door, byte for byte, what it hears, and what is then in the outbox.

A case is a folder with `request` and `answer`, the bytes of a connection, and `kept.json`: the entries as
[channel, id, time, what is not null], the readings as [point, time, value, quality words], the rejects as
[where, reason]. A time that was stamped is "now".
"""

import asyncio
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_agent.collect import collect
from edge_agent.outbox.store import open_outbox
from firmware_bridge.sources import AnySource
from firmware_bridge.thingspeak_door.door import ThingSpeakDoor
from protocol.reading import words
from tests.firmware_bridge.serving import heard, is_open, segments, served
from tests.waiting import until_async

CASES = Path(__file__).parent / "cases" / "thingspeak_door"
RECENT_S = 60

SETTINGS: dict[str, Any] = {
    "kind": "thingspeak_door",
    "name": "door",
    "channels": [
        {
            "id": 4201,
            "write_key": "WRITEKEY00000001",
            "read_key": "READKEY000000001",
            "device": "oht-1",
            "fields": [
                {"field": 1, "metric": "temperature", "unit": "degC"},
                {"field": 2, "metric": "distance", "unit": "cm"},
            ],
        },
        {
            "id": 4202,
            "write_key": "WRITEKEY00000002",
            "device": "flow-1",
            "min_interval_s": 3600,
            "fields": [{"field": 1, "metric": "rate", "unit": "L/min"}],
        },
    ],
}


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
async def test_case_in_twenty_segments(case: Path, tmp_path: Path) -> None:
    answer = await answered(tmp_path / "outbox.db", segments((case / "request").read_bytes(), 20))
    assert answer == (case / "answer").read_bytes()
    assert kept(tmp_path / "outbox.db") == msgspec.json.decode((case / "kept.json").read_bytes())


async def test_a_taken_port_is_said_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def at_once(_: float) -> None:
        await asyncio.sleep(0.01)

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with open_outbox(tmp_path / "outbox.db") as outbox:
            task = asyncio.create_task(collect(door(port), outbox, at_once))
            await until_async(lambda: caplog.messages, 10, "it says so")
            other.close()
            sent = [b"GET /update?key=WRITEKEY00000001&field1=1 HTTP/1.0\r\n\r\n"]
            await until_async(lambda: is_open(port), 10, "it listens")
            assert (await heard(port, sent)).endswith(b"\r\n\r\n1")
            task.cancel()
            await asyncio.wait([task])
    assert caplog.messages[0] == (
        f"source door: cannot listen on 127.0.0.1:{port}: another program has this port; "
        "stop that one, or listen on another port"
    )
    assert "KEY0000" not in caplog.text


async def answered(path: Path, pieces: list[bytes]) -> bytes:
    """By the door, as the agent runs it."""
    async with open_outbox(path) as outbox, served(lambda port: collect(door(port), outbox)) as port:
        return await heard(port, pieces, ends=True)


def door(port: int) -> ThingSpeakDoor:
    made = msgspec.convert(SETTINGS | {"listen": f"127.0.0.1:{port}"}, AnySource)
    assert isinstance(made, ThingSpeakDoor)
    return made


def kept(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as sql:
        sql.row_factory = sqlite3.Row
        entries = sql.execute(
            "SELECT number, entry.* FROM entry JOIN channel ON channel.key = entry.channel"
            " ORDER BY number, id"
        )
        readings = sql.execute(
            "SELECT name, at, value, quality FROM reading JOIN point ON point.id = reading.point ORDER BY seq"
        )
        rejects = sql.execute("SELECT place, reason FROM reject ORDER BY seq")
        return {
            "entries": [list(_entry(row)) for row in entries],
            "readings": [[row[0], _moment(row[1]), row[2], words(row[3])] for row in readings],
            "rejects": [list(row) for row in rejects],
        }


def _entry(row: sqlite3.Row) -> Iterator[Any]:
    yield row["number"]
    yield row["id"]
    yield _moment(row["at"])
    yield {key: row[key] for key in row.keys()[4:] if row[key] is not None}


def _moment(at: int) -> str:
    is_recent = abs(time.time() - at / 1000) < RECENT_S
    return "now" if is_recent else datetime.fromtimestamp(at / 1000, UTC).isoformat()
