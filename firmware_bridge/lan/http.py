"""HTTP as devices on a LAN speak it: a small tolerant server. Knows nothing of what is asked.

`serve` listens until it is cancelled, hands every request to `answer`, and writes what that returns.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import msgspec

from firmware_bridge.heard import shown
from firmware_bridge.lan.listening import PIECE, listening
from firmware_bridge.lan.request import BadRequest, IsWhole, Limits, Parser, Request

log = logging.getLogger(__name__)

TEXT, JSON, CSV, XML = "text/plain; charset=utf-8", "application/json; charset=utf-8", "text/csv", "text/xml"

_LARGE_AT_ONCE = 2
_LINGER_S, _LINGER_PIECES = 1.0, 16  # what still comes after the last answer


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Written as HTTP/1.1, header names in exactly this case: Content-Type, Content-Length; never chunked."""

    status: int = 200
    body: bytes = b""
    content_type: str = TEXT
    headers: Mapping[str, str] = {}  # more of them, written as they are
    sent: Callable[[], object] | None = None  # called once it is, or its client is given up


Answer = Callable[[Request], Awaitable[Response]]


async def serve(listen: str, answer: Answer, limits: Limits, is_whole: IsWhole = lambda _: True) -> None:
    """Serve on `host:port` until cancelled. Raises SourceError: it can't listen there."""
    server = _Server(answer, limits, is_whole)
    listener = await listening(listen, server.connected)
    try:
        await server.run()
    finally:
        listener.close()


class _Server:
    """All connections of a listener."""

    def __init__(self, answer: Answer, limits: Limits, is_whole: IsWhole) -> None:
        self.answer = answer
        self.limits = limits
        self.is_whole = is_whole
        self.waiting: dict[_Connection, None] = {}  # those that wait for their client, the longest first
        self.large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._tasks = asyncio.TaskGroup()
        self._connections = 0

    async def run(self) -> None:
        async with self._tasks:
            await asyncio.Event().wait()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._connections >= self.limits.connections:
            if not self.waiting:
                writer.transport.abort()
                return
            # Rather one that asks nothing than one in the middle of its request.
            idle = (one for one in self.waiting if one.is_idle)
            next(idle, next(iter(self.waiting))).leave()
        self._connections += 1
        self._tasks.create_task(self._attend(_Connection(self, reader, writer)), name="client")

    async def _attend(self, connection: "_Connection") -> None:
        try:
            await connection.run()
        except _Gone:
            pass
        finally:
            connection.leave()
            self._connections -= 1


class _Gone(Exception):
    """The client left, or is too slow: nobody is there to be told."""


class _Connection:
    """One client: its requests one after another, each answered before the next is read."""

    def __init__(self, server: _Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._limits = server.limits
        self._reader = reader
        self._writer = writer
        self._parser = Parser(server.limits, server.is_whole)
        self._is_large = False
        # Written means handed to the system: nothing waits in memory for a client that does not read.
        writer.transport.set_write_buffer_limits(high=0)

    @property
    def is_idle(self) -> bool:
        return not self._parser.has_begun

    async def run(self) -> None:
        while not self._parser.closes:
            try:
                request = await self._next()
            except BadRequest as bad:
                self._put_down()
                body = f"{bad}\n".encode()
                await self._send(Response(status=bad.status, body=body), is_head=False, closes=True)
                break
            if request is None:
                return
            response, is_head = await self._answer(request), request.method == "HEAD"
            # While the answer goes out, nothing is held of what was asked, neither its body nor its slot.
            del request
            self._put_down()
            try:
                await self._send(response, is_head, self._parser.closes)
            finally:
                if response.sent:
                    response.sent()
        await self._linger()

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._server.answer(request)
        except Exception:  # a bug that one client meets must not silence the others
            log.exception("a %s of %s met a bug", request.method, shown(request.path.encode()))
            return Response(status=500, body=b"a bug was met here: see the log\n")

    def leave(self) -> None:
        self._put_down()
        self._server.waiting.pop(self, None)
        self._writer.transport.abort()

    async def _next(self) -> Request | None:
        """The next request; None: there will be none."""
        now = asyncio.get_running_loop().time
        parser, deadline, has_begun = self._parser, now() + self._limits.idle_s, False
        self._server.waiting[self] = None
        try:
            while (request := parser.take()) is None and not parser.is_over:
                if parser.has_begun and not has_begun:
                    has_begun, deadline = True, now() + self._limits.request_s
                await self._make_way(deadline - now())
                parser.feed(await self._read(deadline - now()))
            return request or parser.take()
        finally:
            self._server.waiting.pop(self, None)

    async def _make_way(self, wait_s: float) -> None:
        if self._parser.size > self._limits.large_bytes and not self._is_large:
            try:
                async with asyncio.timeout(wait_s):
                    await self._server.large.acquire()
            except TimeoutError:
                raise BadRequest(503, "other large requests are under way; try again") from None
            self._is_large = True
        if self._parser.wants_go:
            self._parser.wants_go = False
            await self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _put_down(self) -> None:
        if self._is_large:
            self._is_large = False
            self._server.large.release()

    async def _read(self, wait_s: float) -> bytes:
        """Nothing at the end: the client closed, or is silent or has broken off where that is an end."""
        silence_s = self._parser.silence_s
        try:
            async with asyncio.timeout(wait_s if silence_s is None else min(wait_s, silence_s)):
                return await self._reader.read(PIECE)
        except TimeoutError:
            if silence_s is not None:
                return b""
            if self._parser.has_begun:
                raise BadRequest(408, "the request did not come in time") from None
            raise _Gone from None
        except OSError as error:  # many close without reading, and some with a reset
            if silence_s is not None:
                return b""
            raise _Gone from error

    async def _send(self, response: Response, is_head: bool, closes: bool) -> None:
        lines = [
            f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
            f"Content-Type: {response.content_type}",
            f"Content-Length: {len(response.body)}",
            *(f"{name}: {value}" for name, value in response.headers.items()),
            *(["Connection: close"] if closes else []),
        ]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        await self._write(head, b"" if is_head else response.body)

    async def _write(self, head: bytes, body: bytes = b"") -> None:
        """In one deadline: who takes a little now and then does not hold its answer for ever."""
        try:
            async with asyncio.timeout(self._limits.send_s):
                # A small answer in one segment: there is firmware that reads no second one.
                self._writer.write(head + body[:PIECE])
                await self._writer.drain()
                for start in range(PIECE, len(body), PIECE):
                    self._writer.write(body[start : start + PIECE])
                    await self._writer.drain()
        except OSError as error:  # also TimeoutError
            raise _Gone from error

    async def _linger(self) -> None:
        """Closing over unread bytes, as a CRLF behind the body, would take the answer back on its way."""
        try:
            self._writer.write_eof()
            async with asyncio.timeout(_LINGER_S):
                for _ in range(_LINGER_PIECES):
                    if not await self._reader.read(PIECE):
                        return
        except OSError as error:
            raise _Gone from error
