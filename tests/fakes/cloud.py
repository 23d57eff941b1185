"""A cloud that an uplink can talk to: a ledger in memory behind a real broker or a small HTTPS server.

It can be told to lose, repeat and refuse, to forget what it knew, and to keep silent.
"""

import asyncio
import base64
import contextlib
import ssl
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiomqtt

from protocol import codec
from protocol.acknowledgement import Acknowledgement
from protocol.messages import (
    Answer,
    Batch,
    Birth,
    Death,
    Down,
    Heartbeat,
    Receipt,
    Refusal,
    RefusalCode,
    Result,
    Welcome,
)
from protocol.topics import DOWN_RECEIPT, UP, all_gateways, parse_up, topic

SERVER_TIME = 1_795_000_000_000

Rule = Callable[[Batch, bytes], Down | None]  # an answer instead of the ledger's; None: as the ledger says


class Cloud:
    """`stored` are the readings, single by point and time as in the real one."""

    def __init__(self, incarnation: str = "cloud-1") -> None:
        self.incarnation = incarnation
        self.stored: set[tuple[str, int, float | None]] = set()
        self.taken: list[Batch] = []  # committed, in this order
        self.arrived: Counter[str] = Counter()  # batches by digest, also repeated and refused ones
        self.states: list[Birth | Heartbeat | Death] = []
        self.results: list[Result] = []
        self.rule: Rule = lambda batch, payload: None
        self.keep: Callable[[Down], bool] = lambda message: True  # False: the answer is lost on its way
        self.copies = 1  # of every answer
        self.silent = False
        self.early: list[Down] = []  # said before the next welcome
        self.acknowledgements: list[Acknowledgement] = []  # said in every welcome
        self._ledger: dict[str, dict[int, str]] = defaultdict(dict)  # epoch -> number -> digest

    def take(self, payload: bytes) -> list[Down]:
        """What it answers."""
        answers = [] if self.silent else self._answer(payload)
        return [answer for answer in answers if self.keep(answer) for _ in range(self.copies)]

    def forget_after(self, epoch: str, mark: int) -> None:
        """The database is restored to when `mark` was the last number of this epoch."""
        for batch in [one for one in self.taken if one.epoch == epoch and one.number > mark]:
            self.taken.remove(batch)
            self.stored.difference_update(_keys(batch))
            del self._ledger[epoch][batch.number]

    def forget_everything(self, incarnation: str) -> None:
        """Another database, empty."""
        self.incarnation = incarnation
        self.stored.clear()
        self.taken.clear()
        self._ledger.clear()

    def mark(self, epoch: str) -> int:
        page, mark = self._ledger[epoch], 0
        while mark + 1 in page:
            mark += 1
        return mark

    def births(self) -> list[Birth]:
        return [state for state in self.states if isinstance(state, Birth)]

    def _answer(self, payload: bytes) -> list[Down]:
        body = codec.decompress(payload)
        message = codec.decode(body)
        match message:
            case Batch():
                self.arrived[codec.digest(body)] += 1
                return [self.rule(message, payload) or self._count(message, codec.digest(body))]
            case Birth():
                self.states.append(message)
                early, self.early = self.early, []
                return [
                    *early,
                    Welcome(
                        acknowledgements=self.acknowledgements,
                        epoch=message.epoch,
                        session=message.session,
                        server_time=SERVER_TIME,
                        incarnation=self.incarnation,
                        mark=self.mark(message.epoch),
                    ),
                ]
            case Heartbeat() | Death():
                self.states.append(message)
            case Result():
                self.results.append(message)
        return []

    def _count(self, batch: Batch, digest: str) -> Receipt | Refusal:
        page = self._ledger[batch.epoch]
        if page.setdefault(batch.number, digest) != digest:
            return self.refusal(RefusalCode.CONFLICT, batch, digest)
        if batch not in self.taken:
            self.taken.append(batch)
            self.stored.update(_keys(batch))
        return Receipt(
            epoch=batch.epoch,
            number=batch.number,
            digest=digest,
            incarnation=self.incarnation,
            mark=self.mark(batch.epoch),
            server_time=SERVER_TIME,
        )

    def refusal(self, code: RefusalCode, batch: Batch, digest: str) -> Refusal:
        return Refusal(
            code=code,
            reason="told to",
            digest=digest,
            epoch=batch.epoch,
            number=batch.number,
            incarnation=self.incarnation,
        )


def _keys(batch: Batch) -> Iterator[tuple[str, int, float | None]]:
    return ((reading.point, reading.at, reading.value) for reading in codec.unpack(batch))


async def _serve_mqtt(cloud: Cloud, port: int, authority: Path | None, ready: asyncio.Event) -> None:
    """Answer everything that comes over a broker on this machine, through its restarts."""
    trust = ssl.create_default_context(cafile=authority) if authority else None
    while True:
        with contextlib.suppress(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port, timeout=2, tls_context=trust) as client:
                for leaf in UP:
                    await client.subscribe(all_gateways(leaf), qos=1)
                ready.set()
                async for message in client.messages:
                    sender = parse_up(message.topic.value)
                    assert sender is not None
                    assert isinstance(message.payload, bytes)
                    for answer in cloud.take(message.payload):
                        payload = codec.compress(codec.encode(answer))
                        await client.publish(topic(sender[0], DOWN_RECEIPT), payload, qos=1)
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def served_by_broker(cloud: Cloud, port: int, authority: Path | None = None) -> AsyncIterator[None]:
    """`authority`: who signed the broker's certificate; None: it speaks plain text."""
    ready = asyncio.Event()
    task = asyncio.create_task(_serve_mqtt(cloud, port, authority, ready))
    try:
        async with asyncio.timeout(10):
            await ready.wait()
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@contextlib.asynccontextmanager
async def served_by_https(
    cloud: Cloud, credential: str, trust: ssl.SSLContext | None = None, status: int | None = None
) -> AsyncIterator[int]:
    """The port of a server that answers `POST /api/v1/ingest`; `status`: whatever is asked, this."""

    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while request := await _request(reader):
                writer.write(_response(cloud, credential, status, *request))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=trust)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # what was aborted closes in the loop


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes] | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("ascii").splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first, headers, await reader.readexactly(int(headers.get("content-length", "0")))


def _response(
    cloud: Cloud, credential: str, status: int | None, first: str, headers: dict[str, str], payload: bytes
) -> bytes:
    wanted = "Basic " + base64.b64encode(credential.encode()).decode()
    if status is None and headers.get("authorization") != wanted:
        status = 401
    if status is None and not first.startswith("POST /api/v1/ingest "):
        status = 404
    if status is not None:
        return f"HTTP/1.1 {status} No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".encode()
    body = codec.encode(Answer(server_time=SERVER_TIME, messages=cloud.take(payload)))
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
