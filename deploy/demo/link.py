"""A TCP relay that a scene can cut: the demo's bad link."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536
CONNECT_S = 5.0


class Link:
    """Passes bytes from one port of this machine to another while it is whole."""

    def __init__(self, target: int, port: int) -> None:
        self._target = target
        self._port = port
        self._whole = True
        self._open: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._relay, "127.0.0.1", self._port)
        try:
            yield
        finally:
            server.close()
            self._abort()

    def cut(self) -> None:
        self._whole = False
        self._abort()

    def mend(self) -> None:
        self._whole = True

    def _abort(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        try:
            async with asyncio.timeout(CONNECT_S):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except (OSError, TimeoutError):
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._open |= pair
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pour(reader, far_writer))
                tasks.create_task(_pour(far_reader, writer))
        finally:
            self._open -= pair


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
