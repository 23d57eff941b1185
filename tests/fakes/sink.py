"""A server that gets notifications over HTTP and keeps each one, with its key, before it answers anything.

What it answers is told by path, so that one sink stands for several providers: some well, some in trouble.
"""

import asyncio
import enum
import json
import socket
import ssl
import struct
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

HEAD_LIMIT = 16_384
_LINGER_NOT = struct.pack("ii", 1, 0)


class Mode(enum.StrEnum):
    OK = "200"
    TOO_MANY = "429"
    BROKEN = "500"
    GONE = "410"
    MOVED = "302"
    CHATTY = "an answer without an end"
    HANG = "hang"  # until the client leaves
    RESET = "reset"  # taken, and nothing is said
    OK_THEN_RESET = "200 then reset"  # the connection breaks within the answer


class Taken(NamedTuple):
    path: str
    headers: Mapping[str, str]
    body: bytes
    mode: Mode  # how it was answered

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Sink:
    """Tests set `modes`, or `next_modes` for the next requests of a path, and look at `taken`."""

    def __init__(self, scheme: str) -> None:
        self.taken: list[Taken] = []
        self.modes: dict[str, Mode] = {}
        self.next_modes: dict[str, deque[Mode]] = {}
        self.retry_after = "1"  # of a 429
        self.port = 0
        self._scheme = scheme

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def keys(self, path: str = "") -> Counter[str]:
        """How often each message came, of one path or of all."""
        return Counter(one.key for one in self.taken if not path or one.path == path)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path, headers = await _head(reader)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            waiting = self.next_modes.get(path)
            mode = waiting.popleft() if waiting else self.modes.get(path, Mode.OK)
            self.taken.append(Taken(path, headers, body, mode))
            await self._answer(mode, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left
        finally:
            writer.close()

    async def _answer(self, mode: Mode, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match mode:
            case Mode.HANG:
                await reader.read()
            case Mode.RESET:
                _reset(writer)
            case Mode.OK_THEN_RESET:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ntaken")
                await writer.drain()
                _reset(writer)
            case Mode.CHATTY:
                writer.write(b"HTTP/1.1 500 Chatty\r\nContent-Length: 1000000000\r\n\r\n")
                while True:
                    writer.write(b"and so on " * 1_000)
                    await writer.drain()
            case _:
                text = f"the sink says {mode}"
                head = [
                    f"HTTP/1.1 {mode} Said",
                    f"Retry-After: {self.retry_after}",
                    f"Location: {self.url}/next",
                ]
                tail = [f"Content-Length: {len(text)}", "Connection: close", "", text]
                writer.write("\r\n".join([*head, *tail]).encode())
                await writer.drain()


@asynccontextmanager
async def sink(context: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Sink]:
    """With TLS where it is given a context."""
    one = Sink("https" if context else "http")
    server = await asyncio.start_server(one.serve, "127.0.0.1", port, limit=HEAD_LIMIT, ssl=context)
    one.port = server.sockets[0].getsockname()[1]
    async with server:
        yield one


async def _head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs}


def _reset(writer: asyncio.StreamWriter) -> None:
    """By RST, as a process that dies does."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()
