"""The outbox: every reading from its commit here to the cloud's receipt. SQLite on a thread of its own."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from edge_agent import clock
from edge_agent.outbox import batches, events, facts, file, marks, settled, taken, unsealed
from edge_agent.outbox.batches import Sealed
from edge_agent.outbox.file import Database
from edge_agent.outbox.history import OutboxHistory
from edge_agent.outbox.judged import Judge, nobody
from edge_agent.outbox.writer import Writer
from firmware_bridge.refine.stage import Stage
from firmware_bridge.source import Reject
from protocol.breaker import Breaker
from protocol.messages import Lane, Loss, Queue, Receipt, Refusal
from protocol.reading import Origin, Point, Reading

T = TypeVar("T")


class Outbox:
    """Every call is one hop to the writer's thread; what can't be kept raises OutboxError (OutboxFull)."""

    def __init__(self, database: Database, writer: Writer, now: Callable[[], int], judge: Judge) -> None:
        self._database = database  # only its epoch is looked at outside the writer's thread
        self._writer = writer
        self._now = now
        self._judge = judge

    @property
    def epoch(self) -> str:
        """The epoch that new batches are sealed in."""
        return self._database.epoch

    async def append(
        self,
        source: str,
        readings: Sequence[Reading],
        cursor: str | None = None,
        rejects: Sequence[Reject] = (),
        memories: Mapping[str, bytes] = MappingProxyType({}),
        waiting: bool = True,
    ) -> None:
        """Keep all of it in one commit; returns after that commit. A cursor of None leaves the last one.

        `waiting`: commit at once. Otherwise the commit is shared: at most one a second, or 200 readings.
        A cancelled call may have been kept.
        """
        kept, unfit = unsealed.sift(readings)
        (cursor or "").encode()  # what SQLite can't take must fail here, in its source
        boot_ms = clock.boot_ms()

        def work(database: Database) -> None:
            taken.keep(database, source, kept, [*rejects, *unfit], memories, boot_ms, self._judge)
            if cursor is not None:
                marks.set_cursor(database, source, cursor)

        await self._writer.append(work, len(kept), waiting)

    async def look(self, work: Callable[[Database], T]) -> T:
        """At rows that a part above keeps here."""
        return await self._writer.read(work)

    async def change(self, work: Callable[[Database], T], rides: bool = False) -> T:
        """Such rows in one commit, which is at once, or one that is due soon if it `rides`."""
        return await self._writer.write(work, rides)

    async def register_points(self, points: Sequence[Point], origins: Sequence[Origin] = ()) -> None:
        """Make known what the sources can give, with unit and interval, and which of it is derived; goes into
        birth and batches.
        """
        await self._writer.write(lambda database: unsealed.register(database, points, origins))

    async def points(self) -> list[Point]:
        """Every point ever registered or appended (a point that was only appended has no unit)."""
        return await self._writer.read(unsealed.points)

    async def origins(self) -> list[Origin]:
        """Of every derived point ever registered."""
        return await self._writer.read(lambda database: unsealed.origins(database.sql))

    async def cursor(self, source: str) -> str | None:
        return await self._writer.read(lambda database: marks.cursor(database, source))

    async def memories(self, source: str) -> dict[str, bytes]:
        """What `append` last kept of a source's points, by their names."""
        return await self._writer.read(lambda database: marks.memories(database, source))

    def history(self, source: str, stage: Stage, kept: Callable[[], Awaitable[None]]) -> OutboxHistory:
        """For a source that devices also read from; `kept` is called after each of its commits."""
        return OutboxHistory(self._writer, source, stage, kept, self._now, self._judge)

    async def load_breakers(self) -> dict[str, Breaker]:
        """Stored breakers by name, as they were saved; `protocol.breaker.restored` makes them usable."""
        return await self._writer.read(lambda database: marks.breakers(database.sql))

    async def save_breaker(self, name: str, breaker: Breaker) -> None:
        await self._writer.write(lambda database: marks.save_breaker(database, name, breaker), rides=True)

    async def unsettled(self, limit: int = 64) -> list[Sealed]:
        """Sealed and neither settled nor parked, oldest sealing first; their bytes never change."""
        return await self._writer.read(lambda database: batches.unsettled(database, limit))

    async def seal(self, lane: Lane, limit: int = 200) -> Sealed | None:
        """Fix the next batch of a lane in one commit; None: nothing waits in this lane.

        ALERT: transitions and losses. LIVE: the newest `limit` readings that arrived since the last live
        batch; what is older than these becomes backlog. BACKLOG: batches that a restored cloud must get
        again (bytes, epoch and number unchanged), then the oldest readings first. `limit` is at most 2,000.
        """
        boot_ms = clock.boot_ms()
        return await self._writer.write(
            lambda database: batches.seal(database, lane, limit, self._now(), boot_ms)
        )

    async def settle(self, receipts: Sequence[Receipt]) -> None:
        """The cloud has these. A receipt settles only the batch with its epoch, number AND digest; any
        other receipt is another box's and changes nothing. Settled batches are kept for a week: a restored
        cloud gets them again.
        """
        await self._writer.write(lambda database: settled.settle(database, receipts, self._now()), rides=True)

    async def park(self, epoch: str, number: int, refusal: Refusal) -> None:
        """The cloud will never take this batch: keep it aside, visible. Its transitions and losses are
        queued again, each to be sealed alone. An unknown batch is ignored. New batches get a new epoch: a
        number without a receipt would hold `settled_mark` back for ever.
        """
        await self._writer.write(lambda database: batches.park(database, epoch, number, refusal, self._now()))

    async def reseal(self) -> None:
        """After `conflict` or `stale`: a new epoch, and every unsettled batch sealed again in it, numbers
        from 1, in the same order. Then read `unsettled()` and `epoch` afresh.
        """
        await self._writer.write(lambda database: batches.reseal(database, self._now()))

    async def reseal_one(self, epoch: str, number: int) -> Sealed | None:
        """After `conflict` or `stale` for a batch of an earlier epoch: it alone, sealed again in the current
        one. None: it is not under way.
        """
        return await self._writer.write(lambda database: batches.reseal_one(database, epoch, number))

    async def resend_from(self, mark: int, incarnation: str) -> None:
        """The cloud was restored, or is another one: what it settled in this epoch above `mark`, and all that
        is kept of earlier epochs, comes again out of `seal(BACKLOG)`, bytes unchanged. New batches get a new
        epoch. The note of whose receipts count is in the same commit: a resend is not forgotten half-way.
        """

        def work(database: Database) -> None:
            settled.resend_from(database, mark, self._now())
            marks.set_note(database, "incarnation", incarnation)

        await self._writer.write(work)

    async def record_loss(self, loss: Loss) -> None:
        """Also while the outbox is full. One id is recorded once."""
        await self._writer.write(lambda database: events.record_loss(database, loss))

    async def queue(self) -> Queue:
        """What is still held, for birth and heartbeat."""
        return await self._writer.read(
            lambda database: facts.queue(database.sql, *unsealed.count_unsealed(database))
        )

    async def next_number(self) -> int:
        """The number that the next batch of the current epoch will get."""
        return await self._writer.read(batches.next_number)

    async def settled_mark(self) -> int:
        """Every number of the current epoch up to it is settled by a receipt; 0 in a new epoch. A cloud
        whose own mark is below it was restored.
        """
        return await self._writer.read(settled.mark)

    async def next_session(self) -> int:
        """1, 2, 3 ... over all starts: every call commits a new one."""
        return await self._writer.write(marks.next_session)

    async def note(self, name: str, value: str) -> None:
        """Keep a fact for `status`: last contact, incarnation, transport. Does not wait: durable in a second,
        or lost with the process.
        """
        text = value.encode("utf-8", "replace").decode()
        self._writer.leave(lambda database: marks.set_note(database, name, text))

    async def notes(self) -> dict[str, str]:
        return await self._writer.read(lambda database: marks.notes(database.sql))

    async def wait_for_events(self, since: int = -1) -> int:
        """Return a serial other than `since` as soon as there is one; it rises with every commit that brought
        transitions or losses. `seen = await outbox.wait_for_events(seen)`.
        """
        while self._writer.serial == since:
            await self._writer.news.wait()
        return self._writer.serial


@asynccontextmanager
async def open_outbox(
    path: Path,
    now: Callable[[], int] = clock.now_ms,
    judge: Judge = nobody,
) -> AsyncIterator[Outbox]:
    """`judge` sees every reading in the commit that keeps it.

    Raises OutboxError: a second agent, an unwritable place, a newer schema, no outbox."""
    path, held = file.lock(path)
    try:
        database = file.open_file(path, now)
        try:
            writer = Writer(database)
            writer.start()
            try:
                yield Outbox(database, writer, now, judge)
            finally:
                writer.stop()
        finally:
            database.sql.close()
    finally:
        os.close(held)
