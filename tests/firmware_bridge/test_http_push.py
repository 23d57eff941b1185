"""Devices that post, over real sockets: keys, habits, and an agent that is killed."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from firmware_bridge.history import SENT_AGAIN
from firmware_bridge.http_push.http_push import HttpPush
from firmware_bridge.source import SourceError
from tests import agents
from tests.firmware_bridge.recorded import recorded
from tests.firmware_bridge.taken import Taken
from tests.servers import free_port
from tests.waiting import until_async

LEVEL = {"field": "level", "metric": "level", "unit": "cm"}
OPEN = {"device": "oht-3", "fields": [LEVEL]}
LOCKED = {"device": "oht-4", "key": "s3cret", "fields": [LEVEL]}


def source(*devices: dict[str, Any]) -> HttpPush:
    settings = {"kind": "http_push", "name": "push", "listen": f"127.0.0.1:{free_port()}"}
    return msgspec.convert(settings | {"devices": list(devices) or [OPEN, LOCKED]}, HttpPush)


@asynccontextmanager
async def serving(source: HttpPush, taken: Taken) -> AsyncIterator[httpx.AsyncClient]:
    task = asyncio.create_task(source.feed(taken.put, None))
    host, _, port = source.listen.partition(":")
    try:
        async with httpx.AsyncClient(base_url=f"http://{source.listen}", timeout=10) as client:
            await until_async(lambda: task.done() or answers(host, int(port)), 10, "it listens")
            yield client
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


def values(taken: Taken) -> list[tuple[str, float | None]]:
    return [(reading.point, reading.value) for reading in taken.readings]


async def test_an_answer_says_what_became_of_it() -> None:
    taken = Taken()
    async with serving(source(), taken) as client:
        stored = await client.post("/oht-3", json={"level": 50})
        partly = await client.post("/", content=b'[{"n":"oht-3/level","v":51},{"n":"oht-3/level","vs":"x"}]')
        nothing = await client.post("/oht-3", content=b"level=50")
        unknown = await client.post("/oht-9", json={"level": 50})
        asked = await client.get("/oht-3?level=50")
        huge = await client.post("/oht-3", content=b" " * 600_000)
    assert (stored.status_code, stored.text) == (200, "1 stored\n")
    assert (partly.status_code, partly.text) == (200, "1 stored, 1 rejected: 'x' is no number\n")
    assert (nothing.status_code, nothing.text.partition(":")[0]) == (400, "0 stored, 1 rejected")
    assert (unknown.status_code, unknown.text) == (404, "no device 'oht-9' here; post to /oht-3\n")
    assert (asked.status_code, huge.status_code) == (405, 413)
    assert values(taken) == [("oht-3/level", 0.5), ("oht-3/level", 0.51)]
    assert taken.cursor == SENT_AGAIN


async def test_a_device_shows_its_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "firmware_bridge")
    (tmp_path / "key").write_text("fr0mfile\n")
    filed = {"device": "oht-5", "key_file": str(tmp_path / "key"), "fields": [LEVEL]}
    taken = Taken()
    pack = b'[{"n":"oht-3/level","v":1},{"n":"oht-4/level","v":2}]'
    async with serving(source(OPEN, LOCKED, filed), taken) as client:

        async def status(path: str, body: bytes = b'{"level":50}', **headers: str) -> int:
            return (await client.post(path, content=body, headers=headers)).status_code

        assert await status("/oht-4") == 401
        assert await status("/oht-4", Authorization="Bearer s3cre") == 401
        assert await status("/oht-4?key=fr0mfile") == 401
        assert taken.readings == []
        assert await status("/oht-4", Authorization="bearer s3cret") == 200
        assert await status("/oht-4?key=s3cret") == 200
        assert await status("/oht-5?key=fr0mfile") == 200
        assert await status("/", pack) == 200
        assert await status("/?key=s3cret", pack) == 200
    assert values(taken)[:3] == [("oht-4/level", 0.5), ("oht-4/level", 0.5), ("oht-5/level", 0.5)]
    assert values(taken)[3:] == [("oht-3/level", 0.01), ("oht-3/level", 0.01), ("oht-4/level", 0.02)]
    assert [reject.where for reject in taken.rejects] == ["senml record 2"]
    assert not any(secret in caplog.text for secret in ("s3cret", "fr0mfile"))


async def test_a_key_file_that_is_none_is_named(tmp_path: Path) -> None:
    device = {"device": "oht-5", "key_file": str(tmp_path / "key"), "fields": [LEVEL]}
    with pytest.raises(SourceError, match="file that key_file names cannot be read: No such") as error:
        await source(device).feed(Taken().put, None)
    assert str(tmp_path) not in str(error.value)  # a key may stand where the file is meant
    (tmp_path / "key").write_text("two words")
    with pytest.raises(SourceError, match="holds no key"):
        await source(device).feed(Taken().put, None)


async def test_a_port_that_is_taken_is_a_sentence() -> None:
    first = source()
    async with serving(first, Taken()):
        with pytest.raises(SourceError, match="another program has this port"):
            await first.feed(Taken().put, None)


async def test_a_small_node_that_knows_little_of_http() -> None:
    taken = Taken()
    push = source()
    host, _, port = push.listen.partition(":")
    async with serving(push, taken):
        reader, writer = await asyncio.open_connection(host, int(port))
        for piece in (b"POST /oht-3 HT", b"TP/1.0\nContent-Le", b'ngth: 12\n\n{"lev', b'el":50}\r\n'):
            writer.write(piece)
            await writer.drain()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert values(taken) == [("oht-3/level", 0.5)]


AGENT = """
[[sources]]
kind = "http_push"
name = "push"
listen = "127.0.0.1:{port}"
[[sources.devices]]
device = "oht-3"
fields = [{{ field = "count", metric = "count" }}]
"""


async def test_whatever_was_answered_is_in_the_store_of_a_killed_agent(tmp_path: Path) -> None:
    port, answered, sent = free_port(), set[int](), iter(range(1, 1_000_000))
    killed = asyncio.Event()

    async def post(client: httpx.AsyncClient) -> bool:
        number = next(sent)
        try:
            answer = await client.post("/oht-3", content=json.dumps({"count": number}))
        except httpx.HTTPError:
            return False
        if answer.status_code == httpx.codes.OK:
            answered.add(number)
        return answer.status_code == httpx.codes.OK

    async def device(client: httpx.AsyncClient) -> None:
        """Posts, and posts the next whatever becomes of it."""
        while not killed.is_set():
            if not await post(client):
                await asyncio.sleep(0.3)  # as a node does; the agent needs the machine to start

    def is_answered(count: int) -> bool:
        return len(answered) >= count

    # Asked again and again while nobody listens, the system would connect the port to itself.
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    with agents.agent(tmp_path, sources=AGENT.format(port=port)) as agent:
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=elsewhere, timeout=10) as client,
            asyncio.TaskGroup() as tasks,
        ):
            await until_async(partial(post, client), 30, "the agent answers")
            begun = time.monotonic()
            for _ in range(10):
                await post(client)
            assert time.monotonic() - begun < 8  # not once a second, as for who waits for no answer
            for _ in range(15):
                tasks.create_task(device(client))
            for wanted in (100, 200):
                await until_async(partial(is_answered, wanted), 30, f"{wanted} answers")
                await asyncio.to_thread(agent.kill)
                agent.start()
            killed.set()
        stored = recorded(tmp_path / "outbox.db", "oht-3/count")
    assert answered <= set(stored)
    assert len(stored) == len(set(stored))
