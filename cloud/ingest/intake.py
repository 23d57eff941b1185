"""The group committer: batches from MQTT and HTTPS share one transaction. Bounded; knows no transport."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cloud import faultpoint
from cloud.ingest.commit import Reply
from cloud.ingest.committer import DATABASE_S, Committer, later
from cloud.ingest.contacts import Contacts
from cloud.ingest.refuse import refuse
from cloud.ingest.sift import sift
from cloud.ingest.write import Arrived, Stored
from cloud.metrics import Metrics
from cloud.store import faults
from cloud.store.database import Database
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds
from protocol import codec
from protocol.codec import CodecError
from protocol.messages import Batch, RetryAfter

GROUP_READINGS = 6_000  # of one transaction; a larger batch goes alone
GROUP_WAIT_S = 0.05  # for others to share it
WAITING_READINGS = 60_000  # taken in and not committed; beyond it the answer is RetryAfter
WAITING_BATCHES = 2_000
UPGRADE_S = 3600.0
BUSY_S = 2.0  # what a batch waits that finds no room


class _Waiting(msgspec.Struct, frozen=True):
    arrived: Arrived
    readings: int
    answer: asyncio.Future[Reply]


class Intake:
    def __init__(
        self,
        database: Database,
        ids: PointIds,
        incarnation: str,
        metrics: Metrics,
        on_stored: Callable[[dict[int, Stored]], None],
        partitions: Partitions,
        clock: Callable[[], int],
    ) -> None:
        """`on_stored` is called after each commit, by site id; it must not wait or raise."""
        self._database = database
        self._incarnation = incarnation
        self._metrics = metrics
        self._clock = clock
        self._committer = Committer(database, ids, partitions, incarnation, metrics, on_stored)
        self._contacts = Contacts(database)
        self._waiting: deque[_Waiting] = deque()
        self._readings = 0  # of those
        self._wake = asyncio.Event()
        self._full = asyncio.Event()  # a group's worth is waiting
        self._stop = asyncio.Event()

    @property
    def trouble(self) -> str | None:
        """Why nothing is taken now, as a sentence for readiness; None while all is well."""
        return "this server is stopping" if self._stop.is_set() else self._committer.trouble

    async def run(self) -> None:
        """Commit what is taken until `stop`; then what is still waiting, and return."""
        async with asyncio.TaskGroup() as tasks:
            contacts = tasks.create_task(self._contacts.run(), name="contacts")
            while not self._stop.is_set() or self._waiting:
                await self._wake.wait()
                await self._gather()
                await self._commit()
                if self._committer.trouble:
                    await self._recover()
            contacts.cancel()
        await self._contacts.save()

    def stop(self) -> None:
        """From now on answer RetryAfter; `run` returns once what is waiting is committed."""
        self._stop.set()
        self._wake.set()
        self._full.set()

    async def submit(self, gateway: str, batch: Batch, digest: str, payload: bytes) -> Reply:
        """The answer to a batch, after the commit; None for a revoked gateway. `digest` is of its body."""
        faultpoint.reach("decoded")
        if self.trouble:
            code = "stopping" if self._stop.is_set() else "database"
            return later(code, DATABASE_S, batch, digest, self.trouble)
        if self._readings >= WAITING_READINGS or len(self._waiting) >= WAITING_BATCHES:
            return later(
                "busy", BUSY_S, batch, digest, "more batches are waiting than the cloud takes at once"
            )
        now = self._clock()
        arrived = Arrived(gateway, batch, digest, payload, sift(batch, now))
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._enter(_Waiting(arrived, arrived.sifted.readings, answer))
        reply = await answer
        if reply is not None and not isinstance(reply, RetryAfter):
            self._contacts.note(gateway, now)
        return reply

    async def refuse(self, gateway: str, payload: bytes, error: CodecError) -> Reply:
        """The answer to a payload that is no message: final, once it is kept.

        What only a newer cloud would know is not final: it waits for the upgrade.
        """
        if error.code == "unknown_type":
            digest = codec.digest(payload)
            return RetryAfter(code=error.code, after_s=UPGRADE_S, digest=digest, reason=str(error))
        self._metrics.batches.labels("undecodable").inc()
        if self.trouble:
            return RetryAfter(code="database", after_s=DATABASE_S, digest=codec.digest(payload))
        cause = f"{error.code}: {error}"
        try:
            return await refuse(self._database, gateway, payload, cause, self._incarnation, self._clock())
        except faults.ERRORS:
            return RetryAfter(code="database", after_s=DATABASE_S, digest=codec.digest(payload))

    def _enter(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._readings += waiting.readings
        self._metrics.waiting_readings.set(self._readings)
        self._wake.set()
        if self._readings >= GROUP_READINGS:
            self._full.set()

    async def _recover(self) -> None:
        """Answer all who wait with RetryAfter, then wait for the database, at most until `stop`."""
        while self._committer.trouble:
            while self._waiting:
                await self._commit()
            if self._stop.is_set():
                return
            await self._stopped_within(self._committer.probe_in_s)
            await self._committer.probe()

    async def _stopped_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _gather(self) -> None:
        """Wait a moment for a full group."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GROUP_WAIT_S):
                await self._full.wait()

    async def _commit(self) -> None:
        group = self._next_group()
        if not group:
            return
        replies = await self._committer.commit([waiting.arrived for waiting in group], self._clock())
        for waiting, reply in zip(group, replies, strict=True):
            # Whoever waited may have gone: a request that its client broke off.
            if not waiting.answer.done():
                waiting.answer.set_result(reply)

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        readings = 0
        while self._waiting and (not group or readings + self._waiting[0].readings <= GROUP_READINGS):
            group.append(self._waiting.popleft())
            readings += group[-1].readings
        self._readings -= readings
        self._metrics.waiting_readings.set(self._readings)
        if not self._waiting and not self._stop.is_set():
            self._wake.clear()
        if self._readings < GROUP_READINGS and not self._stop.is_set():
            self._full.clear()
        return group
