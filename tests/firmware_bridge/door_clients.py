"""Firmware as it is: fifty clients of a ThingSpeak door on raw sockets, each with a habit of its own.

A client writes updates that nobody else writes, and remembers the number that each one was answered.
"""

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import msgspec

ANSWER_S = 5.0  # as long as the Arduino library waits
OWN_TIMES_S = 1_600_000_000  # since 1970: the first time that a client names
CLIENTS_LIMIT = 100
# While the agent is dead, who calls from its own address may be given its port, and speak to itself.
OTHER = ("127.0.0.2", 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Written(msgspec.Struct, frozen=True):
    """An update and, where the client heard it, its number."""

    channel: int
    text: str  # field3 of it, unique
    number: int | None


class Channel(msgspec.Struct, frozen=True):
    id: int
    key: str


class Lost(Exception):
    """No answer, or one that says that nothing was kept: firmware tries again with its next value."""


class Client:
    """`turn` waits until the next update is due; it is no longer due when it raises StopAsyncIteration."""

    def __init__(
        self, port: int, channel: Channel, place: int, turn: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self.channel = channel
        self.written: list[Written] = []
        self.taken: list[str] = []  # texts of bulk updates, which get no numbers
        self.again: tuple[str, str] | None = None  # sent and not answered yet
        self.lost = 0
        self.slowest_s = 0.0
        self._port = port
        self.place = place
        self._turn = turn
        self._count = itertools.count()

    async def run(self, habit: "Habit") -> None:
        while True:
            try:
                await self._turn()
            except StopAsyncIteration:
                return
            try:
                async with asyncio.timeout(ANSWER_S * 2), self._connected() as streams:
                    await habit(self, *streams)
            except (OSError, EOFError, Lost):
                self.lost += 1
                await asyncio.sleep(0.05)  # as firmware does before it tries again

    def update(self) -> tuple[str, str]:
        """The parameters of a new one, and its text."""
        count = next(self._count)
        text = f"c{self.place}-{count}"
        return f"field1={count}.50000&field3={text}&field8=00042", text

    def note(self, text: str, number: int | None) -> None:
        self.written.append(Written(self.channel.id, text, number))

    async def hear(self, text: str, reader: asyncio.StreamReader) -> None:
        """The answer to one update."""
        began = time.monotonic()
        status, body = await answer(reader)
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        if status != 200 or body == b"0":
            self.note(text, None)
            raise Lost
        self.note(text, int(body))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Streams]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=OTHER)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


Habit = Callable[[Client, asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """As the Arduino library finds it: HTTP/1.1, Content-Length: in this case, that many bytes."""
    head = await reader.readuntil(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d{3}) .*?\r\nContent-Length: (\d+)\r\n", head, re.DOTALL)
    if found is None:
        raise AssertionError(head)
    return int(found[1]), await reader.readexactly(int(found[2]))


async def arduino(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A segment for every print; nothing is encoded."""
    update, text = client.update()
    body = f"{update}&status=5% left, pump on&lat=17.38500&headers=false"
    for piece in (
        "POST /update HTTP/1.1\r\n",
        "Host: api.thingspeak.com\r\nUser-Agent: tslib-arduino/1.5.0\r\n",
        f"X-THINGSPEAKAPIKEY: {client.channel.key}\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        f"Content-Length: {len(body)}\r\n\r\n",
        body,
    ):
        writer.write(piece.encode())
        await asyncio.sleep(0)
    await client.hear(text, reader)


async def bare_line(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    update, text = client.update()
    writer.write(f"GET /update?key={client.channel.key}&{update}\r\n".encode())
    await client.hear(text, reader)


async def whole_address(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    update, text = client.update()
    address = f"https://api.thingspeak.com/update?api_key={client.channel.key}&{update}"
    writer.write(f"GET {address}\r\n\r\n".encode())
    await client.hear(text, reader)


async def bare_with_host(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    update, text = client.update()
    writer.write(f"GET /update?key={client.channel.key}&{update} \r\n".encode())
    await asyncio.sleep(0.01)  # two segments
    writer.write(b"Host: 184.106.153.149\r\n\r\n")
    await client.hear(text, reader)


async def line_feeds(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The library 1.2, ESP-IDF samples; a CRLF too many behind the body; the connection is kept."""
    for _ in range(3):
        update, text = client.update()
        body = f"api_key={client.channel.key}&{update}"
        writer.write(f"POST /update HTTP/1.1\nHost: a\nContent-Length: {len(body)}\n\n{body}\r\n".encode())
        await client.hear(text, reader)


async def pipelined(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    updates = [client.update() for _ in range(2)]
    lines = [
        f"GET /update?key={client.channel.key}&{update} HTTP/1.1\r\nHost: a\r\n\r\n" for update, _ in updates
    ]
    writer.write("\r\n\r\n".join(lines).encode())
    for _, text in updates:
        await client.hear(text, reader)


async def leaves(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Without reading, and without waiting."""
    update, text = client.update()
    writer.write(f"GET /update?key={client.channel.key}&{update}\r\n\r\n".encode())
    await writer.drain()
    writer.close()
    client.note(text, None)
    await asyncio.sleep(0.1)  # until its next value


async def until_closed(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """MicroPython: all that comes behind the last blank line, until the end."""
    update, text = client.update()
    writer.write(f"GET /update?key={client.channel.key}&{update} HTTP/1.0\r\nHost: a\r\n\r\n".encode())
    said = await reader.read()
    body = said.rpartition(b"\r\n\r\n")[2]
    if not body.isdigit() or body == b"0":
        client.note(text, None)
        raise Lost
    client.note(text, int(body))


async def drip(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Twenty segments."""
    update, text = client.update()
    first = f"GET /update?key={client.channel.key}&{update} HTTP/1.1\r\n"
    said = f"{first}Host: a\r\nConnection: close\r\n\r\n".encode()
    size = len(said) // 19
    for start in range(0, len(said), size):
        writer.write(said[start : start + size])
        await asyncio.sleep(0.005)
    await client.hear(text, reader)


async def json_chunked(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """In chunks, once the server says go on."""
    update, text = client.update()
    fields = dict(pair.split("=") for pair in update.split("&"))
    body = json.dumps({"api_key": client.channel.key, **fields}).encode()
    writer.write(
        b"POST /update HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (body[:5], len(body) - 5, body[5:]))
    await client.hear(text, reader)


async def sends_again(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """With its own time, the same until it is answered."""
    update, text = client.again or client.update()
    client.again = (update, text)
    at = OWN_TIMES_S + int(text.partition("-")[2]) * CLIENTS_LIMIT + client.place
    body = f"api_key={client.channel.key}&{update}&created_at={at}"
    head = f"POST /update HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(f"{head}{body}".encode())
    await client.hear(text, reader)
    client.again = None


async def bulk(client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ten at once with relative times, line feeds only."""
    texts = [client.update()[1] for _ in range(10)]
    updates = "|".join(f"{1 if place else 0},{place},,{text}" for place, text in enumerate(texts))
    body = f"write_api_key={client.channel.key}&time_format=relative&updates={updates}"
    path = f"/channels/{client.channel.id}/bulk_update.csv"
    writer.write(f"POST {path} HTTP/1.1\nHost: a\nContent-Length: {len(body)}\n\n{body}".encode())
    for text in texts:
        client.note(text, None)
    if await answer(reader) != (202, b'{"success":true}'):
        raise Lost
    client.taken += texts
    await asyncio.sleep(0.5)


HABITS: tuple[Habit, ...] = (
    *(arduino, bare_line, whole_address, bare_with_host, line_feeds),
    *(pipelined, leaves, until_closed, drip, json_chunked),
    *(sends_again, bulk),
)
