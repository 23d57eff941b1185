"""A small server that speaks ThingSpeak's reading API: feeds.json with results, start, end and a read key.

As the real one: oldest first, at most 8,000 entries, of a window the newest, and what is cut is cut silently.
"""

import asyncio
import gzip
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

RESULTS_LIMIT = 8_000
REQUEST_LIMIT = 16_384


class Entry(NamedTuple):
    id: int
    at_s: int  # seconds since 1970, UTC
    fields: Mapping[str, str | None]


class Request(NamedTuple):
    target: str
    headers: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.target).query).items()}


class Trouble(NamedTuple):
    """What the server does with the next request instead of answering it well."""

    status: int = 200
    body: bytes = b""
    headers: tuple[str, ...] = ()
    cut: int = 0  # bytes at the end that are promised and never sent; then it hangs up
    stalls: bool = False  # sends nothing until the client leaves


class FakeThingSpeak:
    """One channel. Tests add to `entries` and `troubles`, and look at `requests`."""

    def __init__(self, channel: int = 4201, key: str | None = None) -> None:
        self.channel = channel
        self.key = key
        self.entries: list[Entry] = []
        self.troubles: deque[Trouble] = deque()
        self.requests: list[Request] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, at_s: int, **fields: str | None) -> None:
        """An entry arrives; its number counts up whatever its time."""
        number = self.entries[-1].id + 1 if self.entries else 1
        self.entries.append(Entry(number, at_s, fields))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _request(reader):
                self.requests.append(request)
                if self.troubles:
                    await _fail(reader, writer, self.troubles.popleft())
                    return
                status, body = self._answer(request)
                writer.write(
                    _head(status, len(body := gzip.compress(body)), ("Content-Encoding: gzip",)) + body
                )
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left
        finally:
            writer.close()

    def _answer(self, request: Request) -> tuple[int, bytes]:
        if urlsplit(request.target).path != f"/channels/{self.channel}/feeds.json":
            return 404, b'{"status":"404","error":{"error_code":"error_resource_not_found"}}'
        if self.key and request.headers.get("x-thingspeakapikey") != self.key:
            return 400, b"-1"
        query = request.query
        start, end = _seconds(query.get("start"), 0), _seconds(query.get("end"), 2**40)
        inside = sorted((e for e in self.entries if start <= e.at_s <= end), key=lambda e: e.at_s)
        newest = inside[-min(int(query.get("results", "100")), RESULTS_LIMIT) :]
        last_id = max((entry.id for entry in self.entries), default=None)
        answer = {
            "channel": {"id": self.channel, "name": "fake", "last_entry_id": last_id},
            "feeds": [
                {"created_at": _time(e.at_s), "entry_id": e.id, "field1": None, "field2": None, **e.fields}
                for e in newest
            ],
        }
        return 200, json.dumps(answer, separators=(",", ":")).encode()


@asynccontextmanager
async def thingspeak(channel: int = 4201, key: str | None = None) -> AsyncIterator[FakeThingSpeak]:
    fake = FakeThingSpeak(channel, key)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, limit=REQUEST_LIMIT)
    fake.port = server.sockets[0].getsockname()[1]
    async with server:
        yield fake


async def _request(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(first.split(" ")[1], headers)


async def _fail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trouble: Trouble) -> None:
    if trouble.stalls:
        await reader.read()  # until the client leaves
        return
    body = trouble.body[: len(trouble.body) - trouble.cut]
    writer.write(_head(trouble.status, len(trouble.body), trouble.headers) + body)
    await writer.drain()


def _head(status: int, length: int, headers: tuple[str, ...]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def _seconds(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def _time(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
