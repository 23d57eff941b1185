"""One channel's loop: claim what is due, send it, keep what was answered. It delays no other channel."""

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import faultpoint
from cloud.alerting import tell, trying
from cloud.alerting.catch_up import plan
from cloud.alerting.lines import Lines
from cloud.metrics import Metrics
from cloud.senders.sender import Sender, SendError
from cloud.senders.senders import sms_parts
from cloud.store import backlog, deliveries, faults
from cloud.store.database import Database
from cloud.store.deliveries import Due, Try
from protocol.backoff import delays
from protocol.breaker import State

log = structlog.get_logger()

_SLOTS = 8  # messages under way at once
_OF_ONE_HOST = 4  # of them: a host that hangs must not hold up the others
_CROWDED_MS = 1_000  # until a message of a host with so many is looked at again
_DAY_MS = 86_400_000


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How long things take; a fault case scales them."""

    send_s: float = 35.0  # one message; senders give up earlier by themselves
    claim_ms: int = 120_000  # then whoever claimed a message counts as dead
    look_s: float = 1.0  # between two looks at the table, when nobody wakes us
    behind_ms: int = 900_000  # what waits for longer is looked through for what is still worth saying
    first_retry_s: float = 5.0
    longest_retry_s: float = 600.0
    stop_s: float = 5.0  # what is being sent may finish within it


class Outgoing:
    def __init__(
        self,
        database: Database,
        channel: Sender,
        url: str,
        worker: str,
        metrics: Metrics,
        clock: Callable[[], int],
        lines: Lines,
        times: Times,
    ) -> None:
        self._database = database
        self._channel = channel
        self._url = url
        self._worker = worker
        self._metrics = metrics
        self._clock = clock
        self._lines = lines
        self._times = times
        # One by one where there is a cap, for it is counted before each.
        self._slots = 1 if channel.sms_parts_a_day else _SLOTS
        self._under_way = Counter[str]()  # by line
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._caught_up_at = 0

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what is under way has ended."""
        self._is_stopping = True
        self._woken.set()

    async def run(self) -> None:
        waits = delays(longest_s=60.0)
        async with asyncio.TaskGroup() as sending:
            while not self._is_stopping:
                try:
                    wait_s = await self.turn(sending)
                    waits = delays(longest_s=60.0)
                except Exception as error:  # its trouble must neither end the others nor the program
                    wait_s = next(waits)
                    if faults.is_out_of_reach(error):
                        log.warning("channel waits: no database", channel=self._channel.name)
                    else:
                        log.exception("channel in trouble", channel=self._channel.name)
                await self._rest(wait_s)

    async def turn(self, sending: asyncio.TaskGroup) -> float:
        """Start what is due and may be sent; seconds until it is worth looking again."""
        now, name, times = self._clock(), self._channel.name, self._times
        if self._under_way.total() >= self._slots:
            return times.look_s
        wait_s = self._lines.wait_s(name)
        if wait_s:
            return min(wait_s, times.look_s)
        async with self._database.reading() as connection:
            due_at = await deliveries.next_due(connection, name, times.claim_ms)
        if due_at is None or due_at > now:
            return times.look_s if due_at is None else min(times.look_s, (due_at - now) / 1000)
        if now - self._caught_up_at >= times.behind_ms / 30:
            await self._catch_up(now)
            self._caught_up_at = now
        is_well = self._lines.state(name) is State.CLOSED
        limit = self._slots - self._under_way.total() if is_well else 1
        claimed = await self._database.write(
            lambda c: deliveries.claim(c, name, self._worker, now, times.claim_ms, limit)
        )
        for one in claimed:
            faultpoint.reach("claimed")
            await self._start(sending, one, now)
        return 0.0 if len(claimed) == limit else times.look_s

    async def _start(self, sending: asyncio.TaskGroup, one: Due, now: int) -> None:
        which = self._channel.line(one.address)
        is_crowded = which != self._channel.name and self._under_way[which] >= _OF_ONE_HOST
        wait_ms = _CROWDED_MS if is_crowded else round(self._lines.wait_s(which) * 1000)
        if wait_ms:
            due_at = now + wait_ms
            await self._database.write(lambda c: deliveries.put_back(c, one, due_at))
            return
        if await self._is_over_cap(one):
            answer = "the cap of SMS parts in 24 hours is reached"
            await self._settle(one, self._again(one, answer, trying.CAP_WAIT_S))
            return
        self._lines.start(which)
        self._under_way[which] += 1
        sending.create_task(self._send(one, which), name=f"send {one.key}")

    async def _send(self, one: Due, which: str) -> None:
        try:
            done = await self._try(one, which)
            if done.outcome in trying.TAKEN:
                faultpoint.reach("sent")
            await self._settle(one, done)
            faultpoint.reach("marked")
        except Exception:  # its claim dies, and it is sent again
            log.exception("message not settled", channel=self._channel.name, key=one.key)
        finally:
            self._under_way[which] -= 1
            self._under_way += Counter()  # forgets hosts that have none
            self._woken.set()

    async def _try(self, one: Due, which: str) -> Try:
        """Send it, whatever comes of it."""
        message = trying.message_of(one, self._url)
        try:
            async with asyncio.timeout(self._times.send_s):
                answer = await self._channel.send(message)
        except asyncio.CancelledError:
            self._lines.abandon(which)
            raise
        except SendError as error:
            if error.permanent:
                self._lines.succeed(which)  # it answered: the address is at fault, not the line
                return Try(at=self._clock(), outcome="dead", answer=trying.kept(error))
            self._lines.fail(which)
            return self._again(one, trying.kept(error), error.wait_s)
        except TimeoutError:
            self._lines.fail(which)
            return self._again(one, f"no answer within {self._times.send_s:g} s", None)
        except Exception:  # a bug in one sender must not silence the others
            log.exception("sender crashed", channel=self._channel.name, key=one.key)
            self._lines.fail(which)
            return self._again(one, "the sender crashed: its traceback is in the log", None)
        self._lines.succeed(which)
        outcome = "delivered" if answer.is_delivered else "sent"
        parts = sms_parts(self._channel, message)
        return Try(at=self._clock(), outcome=outcome, answer=answer.text, parts=parts)

    def _again(self, one: Due, answer: str, wait_s: float | None) -> Try:
        span_s = trying.span_s(one.tries, self._times.first_retry_s, self._times.longest_retry_s)
        return trying.again(one, answer, self._clock(), max(span_s, wait_s or 0.0))

    async def _is_over_cap(self, one: Due) -> bool:
        cap = self._channel.sms_parts_a_day
        if cap is None:
            return False
        parts = sms_parts(self._channel, trying.message_of(one, self._url))
        async with self._database.reading() as connection:
            since = self._clock() - _DAY_MS
            return parts + await deliveries.sms_parts_since(connection, self._channel.name, since) > cap

    async def _settle(self, one: Due, done: Try) -> None:
        """Patiently: what was sent and not marked is sent twice."""
        name = self._channel.name
        self._metrics.messages_sent.labels(name, done.outcome).inc()
        self._metrics.breaker_open.labels(f"channel {name}").set(min(1, self._lines.open()))
        if done.outcome not in trying.TAKEN:
            log.warning(
                "message not sent", channel=name, key=one.key, outcome=done.outcome, answer=done.answer
            )
        waits = delays(first_s=0.5, longest_s=10.0)
        while True:
            try:
                await self._database.write(partial(_settle, one=one, done=done))
                return
            except faults.ERRORS as error:
                if not faults.is_out_of_reach(error) or self._clock() > one.claimed_at + self._times.claim_ms:
                    raise
            await asyncio.sleep(next(waits))

    async def _catch_up(self, now: int) -> None:
        name = self._channel.name
        async with self._database.reading() as connection:
            left = await backlog.left_waiting(connection, name, now - self._times.behind_ms)
        for person_id, address in left:

            async def work(c: AsyncConnection, person_id: int = person_id, address: str = address) -> int:
                waiting = await backlog.waiting_for(c, name, person_id, address)
                todo = plan(waiting, name, person_id, address, now)
                return (
                    0 if todo is None else await backlog.apply(c, todo.speakers, todo.by_digest, todo.digest)
                )

            if count := await self._database.write(work):
                log.info("old messages superseded", channel=name, person=person_id, count=count)

    async def _rest(self, wait_s: float) -> None:
        """Until somebody wakes us, or for so long."""
        try:
            async with asyncio.timeout(wait_s):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()


async def _settle(connection: AsyncConnection, one: Due, done: Try) -> None:
    await deliveries.settle(connection, one, done)
    if done.outcome == "dead":  # somebody else may have to be told
        await tell.touch(connection, one.organisation_id, one.site_id, done.at)
