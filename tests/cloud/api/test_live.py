"""The WebSocket: changes arrive, each only where it may; slow viewers are cut off; Redis may come and go."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from cloud.api.live import Viewers
from cloud.api.redis_channels import SurvivingPubSub
from cloud.ingest.write import Stored
from cloud.store.database import Database
from protocol.reading import Reading
from tests import servers
from tests.cloud.api.conftest import SECRET, Served, serve
from tests.waiting import until_async

POINT = "oht-1/level"


@asynccontextmanager
async def watching(served: Served, query: str = "", owner: int = 0) -> AsyncIterator[ClientConnection]:
    """A viewer that is let in and has been greeted."""
    async with served.browser(owner) as client:
        cookie = client.cookies["evara_session"]
    async with connect(
        f"{served.url.replace('http', 'ws')}/api/v1/live{query}",
        additional_headers={"cookie": f"evara_session={cookie}"},
        origin=served.url,  # type: ignore[arg-type]
        compression=None,
    ) as viewer:
        assert (await heard(viewer))["type"] == "hello"
        yield viewer


async def heard(viewer: ClientConnection, kind: str | None = None) -> dict[str, Any]:
    """The next message, or the next of its kind."""
    async with asyncio.timeout(20):
        while True:
            message: dict[str, Any] = json.loads(await viewer.recv())
            if kind in (None, message["type"]):
                return message


async def test_a_change_arrives_after_its_commit(served: Served) -> None:
    now = served.now()
    async with watching(served) as viewer:
        await served.send([Reading(POINT, now - 1_000, 1.5), Reading(POINT, now, 2.5)])
        message = await heard(viewer, "readings")
        assert message["site"] == served.owners[0].site
        ((point, at, value, quality, received_at),) = message["readings"]
        assert (at, value, quality) == (now, 2.5, []), "the latest of the batch"
        assert received_at >= now
        async with served.browser(0) as client:
            latest = (await client.get(f"/api/v1/points/{point}")).json()["point"]["latest"]
        assert latest["at"] == now


async def test_older_readings_come_as_a_backfill(served: Served) -> None:
    now = served.now()
    await served.send([Reading(POINT, now, 2.5)])
    async with watching(served) as viewer:
        await served.send([Reading(POINT, now - 60_000, 1.0), Reading(POINT, now - 50_000, 1.0)])
        message = await heard(viewer, "backfill")
        assert (message["from"], message["to"]) == (now - 60_000, now - 50_000)
        assert len(message["points"]) == 1


async def test_a_gateway_that_speaks_is_told(served: Served) -> None:
    async with watching(served) as viewer, served.browser(None) as client:
        body = b'{"type":"heartbeat","epoch":"e1","session":1,"counter":1,"queue":{"readings":7,"backlog":7}}'
        answer = await client.post("/api/v1/ingest", content=body, auth=(served.owners[0].gateway, SECRET))
        assert answer.status_code == 200, answer.text
        told = (await heard(viewer, "gateway"))["gateway"]
        assert told["id"] == served.owners[0].gateway
        assert told["state"] == "catching up"
        assert told["backlog"]["readings"] == 7


async def test_nothing_of_another_organisation_is_told(served: Served) -> None:
    now = served.now()
    async with watching(served, owner=1) as other, watching(served) as own:
        await served.send([Reading(POINT, now, 1.0)], owner=0)
        await heard(own, "readings")
        await served.send([Reading(POINT, now, 2.0)], owner=1)
        first = await heard(other, "readings")
        assert first["site"] == served.owners[1].site, "its own is the first that it hears"


async def test_only_the_sites_asked_for_are_told(served: Served) -> None:
    async with served.browser(0) as client:
        (site,) = (await client.get("/api/v1/sites")).json()["items"]
    async with watching(served, "?sites=") as nothing, watching(served, f"?sites={site['id']}") as own:
        await served.send([Reading(POINT, served.now(), 1.0)])
        await heard(own, "readings")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await nothing.recv()


REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "nobody signed in": ("", {"cookie": ""}),
    "a forged session": ("", {"cookie": "evara_session=" + "x" * 43}),
    "a site of another organisation": ("?sites=2", {}),
    "a site that is no number": ("?sites=1,x", {}),
    "a page of another origin": ("", {"origin": "https://evil.example"}),
}


async def test_who_is_not_let_in(served: Served) -> None:
    async with served.browser(0) as client:
        own = {"cookie": f"evara_session={client.cookies['evara_session']}"}
    for query, headers in REFUSED.values():
        url = f"{served.url.replace('http', 'ws')}/api/v1/live{query}"
        with pytest.raises(websockets.InvalidStatus):
            await connect(url, additional_headers=own | headers)


async def test_a_session_that_ends_ends_its_view(database: Database) -> None:
    async with serve(database, viewers=Viewers(beat_s=0.1)) as served, served.browser(0) as client:
        cookie = {"cookie": f"evara_session={client.cookies['evara_session']}"}
        url = f"{served.url.replace('http', 'ws')}/api/v1/live"
        async with connect(url, additional_headers=cookie) as viewer:
            assert (await heard(viewer, "beat"))["server_time"] > 0
            await client.request("DELETE", "/api/v1/session", json={})
            await asyncio.wait_for(viewer.wait_closed(), 20)
            assert viewer.close_code == 1008


async def test_a_slow_viewer_is_cut_off_and_the_others_go_on(database: Database) -> None:
    viewers = Viewers(slow_s=0.5)
    async with serve(database, viewers=viewers) as served, served.browser(0) as client:
        site = served.owners[0].site
        points = itertools.count(1_000_000)

        def tell(count: int, value: float) -> None:
            rows: dict[int, tuple[int, float | None, int]] = {
                next(points): (served.now(), value, 0) for _ in range(count)
            }
            served.news.stored({site: Stored(latest=rows)})

        def is_cut_off() -> bool:
            tell(1_000, 1.0)  # distinct ones: nothing of it is merged, so every buffer on the way fills
            return viewers.count == 1

        async with watching(served) as quick, asyncio.TaskGroup() as tasks:
            with await _deaf_viewer(served.url, client.cookies["evara_session"]):
                await until_async(lambda: viewers.count == 2)
                seen = tasks.create_task(_until_seen(quick, 42.0))
                await until_async(is_cut_off, 30)
            tell(1, 42.0)
            await seen


async def _until_seen(viewer: ClientConnection, wanted: float) -> None:
    while not any(value == wanted for _, _, value, *_ in (await heard(viewer, "readings"))["readings"]):
        pass


async def _deaf_viewer(url: str, cookie: str) -> socket.socket:
    """A viewer that opens the WebSocket and then never reads."""
    host, _, port = url.removeprefix("http://").partition(":")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(deaf, (host, int(port)))
    head = (
        f"GET /api/v1/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Cookie: evara_session={cookie}\r\n\r\n"
    )
    await loop.sock_sendall(deaf, head.encode())
    assert b"101" in await loop.sock_recv(deaf, 20)
    return deaf


async def test_changes_cross_from_process_to_process_and_survive_a_redis_that_restarts(
    database: Database,
) -> None:
    try:
        with servers.redis() as redis:
            here, there = Viewers(), Viewers()
            async with (
                serve(database, SurvivingPubSub(redis.url, here.tell_gap), here) as one,
                serve(database, SurvivingPubSub(redis.url, there.tell_gap), there, one.owners) as other,
                watching(other) as viewer,
            ):
                await one.send([Reading(POINT, one.now(), 1.0)])
                assert (await heard(viewer, "readings"))["readings"][0][2] == 1.0
                redis.kill()
                # Nobody can be told of this one; the viewer still learns of it once Redis is back.
                await one.send([Reading(POINT, one.now(), 2.0)])
                redis.start()
                while (await heard(viewer, "readings"))["readings"][0][2] != 2.0:
                    pass
                await one.send([Reading(POINT, one.now(), 3.0)])
                while (await heard(viewer, "readings"))["readings"][0][2] != 3.0:
                    pass
    except servers.Missing as missing:
        pytest.skip(str(missing))
