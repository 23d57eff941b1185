"""A server of the bridge on a free port while a test runs, and clients that say bytes and hear bytes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.server import free_port
from tests.waiting import until_async


@asynccontextmanager
async def served(serve: Callable[[int], Coroutine[Any, Any, None]]) -> AsyncIterator[int]:
    """`serve` runs, on the port that it is given; what it raises is raised here."""
    port = free_port()
    task = asyncio.create_task(serve(port))
    try:
        await until_async(lambda: task.done() or is_open(port), 10, "it listens")
        yield port
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def heard(port: int, pieces: Sequence[bytes], ends: bool = False, within_s: float = 5.0) -> bytes:
    """What comes back until the server closes; `ends`: the client says that it has no more to say."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)  # each a segment of its own
        if ends:
            writer.write_eof()
        async with asyncio.timeout(within_s):
            return await reader.read()
    finally:
        await left(writer)


async def left(writer: asyncio.StreamWriter) -> None:
    """The client is gone, also here."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


def segments(data: bytes, count: int) -> list[bytes]:
    size = max(1, len(data) // count)
    return [data[start : start + size] for start in range(0, len(data), size)]


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    await left(writer)
    return True
