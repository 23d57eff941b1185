"""From a group to its replies: partitions, the commit, and what happens when it does not succeed."""

import random
import time
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import update

from cloud.ingest.commit import Reply, accept
from cloud.ingest.refuse import refuse
from cloud.ingest.write import Arrived, Stored
from cloud.metrics import Metrics
from cloud.store import faults
from cloud.store.database import Database
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds
from cloud.store.tables.schema import fact
from protocol import breaker
from protocol.breaker import Breaker, Policy, State
from protocol.messages import Batch, Receipt, Refusal, RetryAfter

log = structlog.get_logger()

POLICY = Policy(failures=1, open_s=1.0, longest_open_s=15.0)

PARTITION_S = 1.0  # what a batch waits whose days are being made
CONTENDED_S = 2.0  # after all retries of a deadlock
DATABASE_S = 5.0
FAULT_S = 60.0  # our own fault: somebody has to read the log

_FOR_ALL = {"database", "busy", "stopping"}


class Committer:
    """Not for two groups at once."""

    def __init__(
        self,
        database: Database,
        ids: PointIds,
        partitions: Partitions,
        incarnation: str,
        metrics: Metrics,
        on_stored: Callable[[dict[int, Stored]], None],
    ) -> None:
        self._database = database
        self._ids = ids
        self._partitions = partitions
        self._incarnation = incarnation
        self._metrics = metrics
        self._on_stored = on_stored
        self._breaker = Breaker()
        self._cause = ""

    @property
    def trouble(self) -> str | None:
        """Why nothing is committed now; None while all is well."""
        if self._breaker.state is State.CLOSED:
            return None
        return f"the database takes nothing: {self._cause}"

    @property
    def probe_in_s(self) -> float:
        """How long to wait before `probe`."""
        return max(0.0, self._breaker.until - time.monotonic())

    async def probe(self) -> None:
        """Let the database write something small, and close the breaker if it does."""
        self._breaker = breaker.started(self._breaker)
        try:
            async with self._database.writing() as connection:
                same = update(fact).where(fact.c.name == "incarnation").values(value=fact.c.value)
                await connection.execute(same)
        except faults.ERRORS as error:
            self._failed(error)
        else:
            self._succeeded()

    async def commit(self, group: Sequence[Arrived], now: int) -> list[Reply]:
        """A reply per batch, in order; after the commit. Never raises for what the database answers."""
        if self.trouble:
            return [self._later("database", DATABASE_S, one) for one in group]
        waiting: set[int] = set()
        try:
            if not await self._partitions.ensure(_days(group), now):
                waiting = {
                    place for place, one in enumerate(group) if self._partitions.missing(one.sifted.days)
                }
        except faults.ERRORS as error:
            return self._not_now(group, error)
        replies = await self._store([one for place, one in enumerate(group) if place not in waiting], now)
        stored = iter(replies)
        return [
            self._later("partition", PARTITION_S, one) if place in waiting else next(stored)
            for place, one in enumerate(group)
        ]

    async def _store(self, group: Sequence[Arrived], now: int, may_ensure: bool = True) -> list[Reply]:
        if not group:
            return []
        began = time.monotonic()
        try:
            outcome = await accept(self._database, self._ids, self._incarnation, group, now)
        except faults.ERRORS as error:
            if may_ensure and faults.is_missing_partition(error):
                return await self._store_again(group, now)
            if (
                faults.is_transient(error)
                or faults.is_out_of_reach(error)
                or faults.is_missing_partition(error)
            ):
                return self._not_now(group, error)
            if len(group) == 1:
                return [await self._offender(group[0], error, now)]
            self._metrics.bisections.inc()
            half = len(group) // 2
            return [*await self._store(group[:half], now), *await self._store(group[half:], now)]
        self._succeeded()
        self._metrics.commit_s.observe(time.monotonic() - began)
        self._count(group, outcome.answers)
        self._on_stored(outcome.sites)
        return outcome.answers

    async def _store_again(self, group: Sequence[Arrived], now: int) -> list[Reply]:
        """A partition that this process knew is gone."""
        self._partitions.forget()
        try:
            await self._partitions.ensure(_days(group), now)
        except faults.ERRORS as error:
            return self._not_now(group, error)
        return await self._store(group, now, may_ensure=False)

    async def _offender(self, one: Arrived, error: Exception, now: int) -> Reply:
        """The one batch that can't be stored: final only if no database would ever take it."""
        if not faults.is_of_content(error):
            log.error("batch not stored", gateway=one.gateway, number=one.batch.number, exc_info=error)
            return self._later("fault", FAULT_S, one)
        batch = one.batch
        try:
            return await refuse(
                self._database,
                one.gateway,
                one.payload,
                f"the database can't store it: {error}",
                self._incarnation,
                now,
                batch.epoch,
                batch.number,
            )
        except faults.ERRORS as second:
            return self._not_now([one], second)[0]

    def _not_now(self, group: Sequence[Arrived], error: Exception) -> list[Reply]:
        if faults.is_out_of_reach(error):
            self._failed(error)
            return [self._later("database", DATABASE_S, one) for one in group]
        log.warning("group not stored", batches=len(group), cause=str(error)[:200])
        return [self._later("contended", CONTENDED_S, one) for one in group]

    def _later(self, code: str, after_s: float, one: Arrived) -> RetryAfter:
        self._metrics.batches.labels("retry").inc()
        return later(code, after_s, one.batch, one.digest)

    def _failed(self, error: Exception) -> None:
        self._cause = str(getattr(error, "orig", None) or error)[:200]
        self._breaker = breaker.failed(self._breaker, POLICY, time.monotonic(), random.random)
        self._metrics.breaker_open.labels("database").set(self._breaker.state is not State.CLOSED)
        log.warning("database out of reach", cause=self._cause, breaker=self._breaker.state)

    def _succeeded(self) -> None:
        self._breaker = breaker.succeeded(self._breaker, POLICY, time.monotonic())
        self._metrics.breaker_open.labels("database").set(self._breaker.state is not State.CLOSED)

    def _count(self, group: Sequence[Arrived], replies: Sequence[Reply]) -> None:
        self._metrics.group_readings.observe(sum(one.sifted.readings for one in group))
        for one, reply in zip(group, replies, strict=True):
            self._metrics.batches.labels(_outcome(reply)).inc()
            if isinstance(reply, Refusal):
                log.warning("batch refused", gateway=one.gateway, number=one.batch.number, code=reply.code)
            elif reply is None:
                log.warning("batch of a revoked gateway discarded", gateway=one.gateway)
            elif isinstance(reply, Receipt):
                self._metrics.readings.labels("taken").inc(one.sifted.readings)
                self._metrics.readings.labels("rejected").inc(len(reply.rejected))
                self._metrics.readings.labels("conflicting").inc(reply.conflicting)


def later(code: str, after_s: float, batch: Batch, digest: str, reason: str = "") -> RetryAfter:
    """Not now: nothing of this batch was stored. What keeps every batch out names none: all must wait."""
    if code in _FOR_ALL:
        return RetryAfter(code=code, after_s=after_s, digest=digest, reason=reason)
    return RetryAfter(
        code=code, after_s=after_s, epoch=batch.epoch, number=batch.number, digest=digest, reason=reason
    )


def _days(group: Sequence[Arrived]) -> set[int]:
    return {day for one in group for day in one.sifted.days}


def _outcome(reply: Reply) -> str:
    if isinstance(reply, Receipt):
        return "receipt"
    if isinstance(reply, Refusal):
        return str(reply.code)
    return "revoked" if reply is None else "retry"
