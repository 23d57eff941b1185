"""HTTPS servers that answer oddly: too slowly, too much, too densely."""

import asyncio
import contextlib
import gzip
import ssl
import tracemalloc
from collections.abc import AsyncIterator

import msgspec
import pytest

from edge_agent.config import Credential
from edge_agent.uplink.https_link import open_https
from edge_agent.uplink.link import LinkError, parse_address
from edge_agent.uplink.window import Patience
from protocol.topics import UP_STATE
from tests.edge_agent.site import GATEWAY, QUICK, SECRET

OK = b"HTTP/1.1 200 OK\r\n"


@contextlib.asynccontextmanager
async def serving(*pieces: bytes, pause_s: float = 0.0) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives these pieces as its answer, with pauses; its URL, and the heads of requests."""
    heads: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_s)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(pause_s)  # what was aborted closes in the loop


async def ask(url: str, patience: Patience) -> None:
    """Send something and hear what is said to it."""
    trust = ssl.create_default_context()
    async with open_https(parse_address(url), Credential(GATEWAY, SECRET), trust, patience) as link:
        await link.send(UP_STATE, b"{}")
        await link.heard()


async def test_an_answer_that_comes_in_drops_is_given_up(unused_tcp_port: int) -> None:
    """Each drop in time, but never the last one: no other message could be sent meanwhile."""
    patience = msgspec.structs.replace(QUICK, accept_s=0.5)
    drops = [OK, b"Content-Length: 1000\r\n\r\n", *[b"x"] * 50]
    async with serving(*drops, pause_s=0.2) as (url, _), asyncio.timeout(5):
        with pytest.raises(LinkError, match="does not answer"):
            await ask(url, patience)


async def test_a_small_answer_does_not_grow_in_memory() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    answer = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    async with serving(answer) as (url, heads):
        tracemalloc.start()
        try:
            with contextlib.suppress(LinkError):
                await ask(url, QUICK)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 20_000_000
    assert b"accept-encoding: identity\r\n" in heads[0].lower()
