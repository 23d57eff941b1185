"""The outbox: every reading from its commit here to the cloud's receipt. SQLite on a thread of its own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from edge_agent import clock
from edge_agent.outbox.batches import Sealed
from edge_agent.outbox.facts import OutboxFacts
from firmware_bridge.source import Reject
from protocol.breaker import Breaker
from protocol.messages import Lane, Loss, Queue, Receipt, Refusal, Transition
from protocol.reading import Point, Reading

KEEP_SETTLED_MS = 7 * 86_400_000


class Outbox:
    """Every call is one hop to the writer's thread and raises OutboxError (OutboxFull) when it can't be kept."""

    @property
    def epoch(self) -> str:
        """The epoch that new batches are sealed in."""
        raise NotImplementedError

    async def append(
        self,
        source: str,
        readings: Sequence[Reading],
        cursor: str | None = None,
        rejects: Sequence[Reject] = (),
        transitions: Sequence[Transition] = (),
        waiting: bool = True,
    ) -> None:
        """Keep all of it in one commit; returns after that commit. A cursor of None leaves the last one.

        `waiting`: commit at once. Otherwise the commit is shared: at most one a second, or 200 readings.
        A cancelled call may have been kept.
        """
        raise NotImplementedError

    async def register_points(self, points: Sequence[Point]) -> None:
        """Make known what the sources can give, with unit and interval; goes into birth and batches."""
        raise NotImplementedError

    async def points(self) -> list[Point]:
        """Every point ever registered or appended (a point that was only appended has no unit)."""
        raise NotImplementedError

    async def cursor(self, source: str) -> str | None:
        raise NotImplementedError

    async def load_breakers(self) -> dict[str, Breaker]:
        """Stored breakers by name, as they were saved; `protocol.breaker.restored` makes them usable."""
        raise NotImplementedError

    async def save_breaker(self, name: str, breaker: Breaker) -> None:
        raise NotImplementedError

    async def unsettled(self, limit: int = 64) -> list[Sealed]:
        """Sealed and neither settled nor parked, oldest sealing first; their bytes never change."""
        raise NotImplementedError

    async def seal(self, lane: Lane, limit: int = 200) -> Sealed | None:
        """Fix the next batch of a lane in one commit; None: nothing waits in this lane.

        ALERT: transitions and losses. LIVE: the newest `limit` readings that arrived since the last live
        batch; what is older than these becomes backlog. BACKLOG: batches that a restored cloud must get
        again (bytes, epoch and number unchanged), then the oldest readings first. `limit` is at most 2,000.
        """
        raise NotImplementedError

    async def settle(self, receipts: Sequence[Receipt]) -> None:
        """The cloud has these. A receipt settles only the batch with its epoch, number AND digest; any
        other receipt is another box's and changes nothing. Settled batches are kept for `keep_settled_ms`.
        """
        raise NotImplementedError

    async def park(self, epoch: str, number: int, refusal: Refusal) -> None:
        """The cloud will never take this batch: keep it aside, visible. Its transitions and losses are
        queued again, each to be sealed alone. An unknown batch is ignored.
        """
        raise NotImplementedError

    async def reseal(self) -> None:
        """After `conflict` or `stale`: a new epoch, and every unsettled batch sealed again in it, numbers
        from 1, in the same order. Then read `unsettled()` and `epoch` afresh.
        """
        raise NotImplementedError

    async def resend_from(self, mark: int) -> None:
        """The cloud was restored: what it settled in this epoch above `mark`, and all that is kept of
        earlier epochs, comes again out of `seal(BACKLOG)`, bytes unchanged. New batches get a new epoch.
        """
        raise NotImplementedError

    async def record_loss(self, loss: Loss) -> None:
        """Also while the outbox is full. One id is recorded once."""
        raise NotImplementedError

    async def queue(self) -> Queue:
        """What is still held, for birth and heartbeat."""
        raise NotImplementedError

    async def next_number(self) -> int:
        """The number that the next batch of the current epoch will get."""
        raise NotImplementedError

    async def next_session(self) -> int:
        """1, 2, 3 ... over all starts: every call commits a new one."""
        raise NotImplementedError

    async def note(self, name: str, value: str) -> None:
        """Keep a fact for `status`: last contact, incarnation, transport ... Shares a commit within a second."""
        raise NotImplementedError

    async def notes(self) -> dict[str, str]:
        raise NotImplementedError

    async def facts(self) -> OutboxFacts:
        """Everything `status` shows. Another process reads it with `facts.read_facts(path)`."""
        raise NotImplementedError

    async def wait_for_readings(self, since: int = -1) -> int:
        """Return a serial other than `since` as soon as there is one; it rises with every commit that brought
        readings, transitions or losses. `seen = await outbox.wait_for_readings(seen)`.
        """
        raise NotImplementedError


@asynccontextmanager
async def open_outbox(
    path: Path, keep_settled_ms: int = KEEP_SETTLED_MS, now: Callable[[], int] = clock.now_ms
) -> AsyncIterator[Outbox]:
    """Raises OutboxError: a second agent, an unwritable place, a newer schema, no outbox."""
    raise NotImplementedError
    yield Outbox()
