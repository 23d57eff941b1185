"""A TCP proxy in user space that is as bad as a real link: stalls, resets, refuses, loses, is slow.

It runs in a thread of its own; every method may be called from any thread and holds once it returned.
Bytes that came through are forwarded whole packets at a time where a framing is set, so that a filter
sees one MQTT packet or one PostgreSQL message and not what TCP made of it.
"""

import asyncio
import contextlib
import enum
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

from tests.framing import Framing, chunks
from tests.server import free_port

T = TypeVar("T")
_CHUNK = 65_536
_LINGER_NOT = struct.pack("ii", 1, 0)  # close() sends RST


class Way(enum.Enum):
    UP = "client to server"
    DOWN = "server to client"


BOTH = (Way.UP, Way.DOWN)
Filter = Callable[[bytes], bool]  # whether a packet is passed on


class Proxy:
    """Forwards `port` to 127.0.0.1:`target`; passes everything until it is told otherwise."""

    def __init__(self, target: int, port: int = 0) -> None:
        self.target = target
        self.port = port or free_port()  # kept while it refuses
        self.connections = 0  # accepted so far
        self.forwarded = dict.fromkeys(Way, 0)  # bytes
        self.dropped = dict.fromkeys(Way, 0)  # packets
        self._stalled: set[Way] = set()
        self._budget: dict[Way, int | None] = dict.fromkeys(Way)
        self._slow: tuple[float, float] | None = None  # bytes a second, seconds on the way
        self._line = {way: asyncio.Lock() for way in Way}  # all connections share the link
        self._filter: dict[Way, tuple[Framing, Filter]] = {}
        self._open: set[asyncio.StreamWriter] = set()
        self._listener: asyncio.Server | None = None
        self._changed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def pass_all(self) -> None:
        """Heal: listen, forward what was held, hold and drop nothing any more."""

        async def heal() -> None:
            self._stalled.clear()
            self._budget = dict.fromkeys(Way)
            self._slow = None
            self._filter.clear()
            self._changed.set()
            await self._listen()

        self._wait(heal())

    def stall(self, *ways: Way) -> None:
        """Take bytes until the buffers are full and forward none; without `ways` in both directions."""
        self._do(lambda: self._stalled.update(ways or BOTH))

    def reset(self) -> None:
        """Break every open connection with RST; what was held is gone."""
        self._do(self._reset)

    def refuse(self) -> None:
        """Break every connection and refuse new ones until `pass_all`."""

        async def close() -> None:
            await self._unlisten()
            self._reset()

        self._wait(close())

    def stop_after(self, count: int, way: Way) -> None:
        """Forward `count` more bytes that way, then reset the connections."""
        self._do(lambda: self._budget.update({way: count}))

    def keep_if(self, keep: Filter, way: Way, framing: Framing = chunks) -> None:
        """Pass on the packets that `keep` is true for; it runs in the proxy's thread and may call `reset`."""
        self._do(lambda: self._filter.update({way: (framing, keep)}))

    def drop(self, way: Way) -> None:
        """Swallow everything that way."""
        self.keep_if(lambda _: False, way)

    def slow(self, bytes_per_s: float, round_trip_s: float) -> None:
        """All connections together carry so much each way; an answer takes at least so long."""

        def change() -> None:
            self._slow = bytes_per_s, round_trip_s / 2

        self._do(change)

    async def _listen(self) -> None:
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _unlisten(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _close(self) -> None:
        await self._unlisten()
        self._reset()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _abort(writer)
            return
        self._open |= {writer, upstream}
        with contextlib.suppress(OSError, ExceptionGroup):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(Way.UP, reader, upstream))
                tasks.create_task(self._pump(Way.DOWN, upstream_reader, writer))
        self._open -= {writer, upstream}
        for end in (writer, upstream):
            end.close()

    async def _pump(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held = b""  # the beginning of a packet that is not whole yet
        while chunk := await reader.read(_CHUNK):
            if self._slow:
                await asyncio.sleep(self._slow[1])
            framing, keep = self._filter.get(way, (chunks, _always))
            packets, held = framing(held + chunk)
            for packet in packets:
                await self._released(way)
                if not keep(packet):
                    self.dropped[way] += 1
                    continue
                await self._forward(way, packet, writer)
        await self._released(way)
        writer.write(held)
        with contextlib.suppress(OSError, NotImplementedError):
            writer.write_eof()

    async def _forward(self, way: Way, packet: bytes, writer: asyncio.StreamWriter) -> None:
        budget = self._budget[way]
        if budget is not None:
            self._budget[way] = max(0, budget - len(packet))
            packet = packet[:budget]
        if self._slow:
            async with self._line[way]:
                await asyncio.sleep(len(packet) / self._slow[0])
        writer.write(packet)
        self.forwarded[way] += len(packet)
        await writer.drain()
        if self._budget[way] == 0:
            self._reset()

    async def _released(self, way: Way) -> None:
        while way in self._stalled:
            self._changed.clear()
            await self._changed.wait()

    def _reset(self) -> None:
        for writer in tuple(self._open):
            _abort(writer)

    def _do(self, change: Callable[[], object]) -> None:
        async def run() -> None:
            change()

        if threading.current_thread() is self._thread:
            change()
        else:
            self._wait(run())

    def _wait(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)


@contextlib.contextmanager
def proxy(target: int, port: int = 0) -> Iterator[Proxy]:
    """A proxy to a server's port, for as long as the block runs."""
    with Proxy(target, port) as running:
        yield running


def _always(_: bytes) -> bool:
    return True


def _abort(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()
