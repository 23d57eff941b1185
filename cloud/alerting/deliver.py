"""Notifications to senders: a loop per channel, so that a slow or broken one delays no other.

A message is claimed before it is sent and settled after. A process killed in between leaves a claim that
dies, and the message is sent once more, with the same key.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import tell
from cloud.alerting.languages.languages import LANGUAGES
from cloud.alerting.lines import POLICY, Lines
from cloud.alerting.outgoing import Outgoing, Times
from cloud.metrics import Metrics
from cloud.senders.sender import Answer, Message, Sender, SendError
from cloud.senders.senders import channel_named
from cloud.store import deliveries, faults
from cloud.store.database import Database
from protocol.backoff import delays
from protocol.breaker import Policy

log = structlog.get_logger()

TIMES = Times()
_TEST_S = 40.0
_EXPIRE_EVERY_S = 60.0
_EXPIRED_AT_ONCE = 100


class Deliverer:
    """`worker`: the name of this process, the same after a restart; `url`: where people reach the server."""

    def __init__(
        self,
        database: Database,
        channels: Sequence[Sender],
        url: str,
        worker: str,
        metrics: Metrics,
        clock: Callable[[], int],
        now_s: Callable[[], float] = time.monotonic,
        times: Times = TIMES,
        policy: Policy = POLICY,
    ) -> None:
        self._database = database
        self._worker = worker
        self._clock = clock
        self._times = times
        self._stopping = asyncio.Event()
        self._names = [one.name for one in channels]
        self._channels = [
            Outgoing(database, channel, url, worker, metrics, clock, Lines(now_s, policy), times)
            for channel in channels
        ]

    def wake(self) -> None:
        """There may be something to send: to be called after a commit that made it."""
        for channel in self._channels:
            channel.wake()

    def stop(self) -> None:
        """`run` returns when what is being sent has ended, or after a while: then its claims die."""
        self._stopping.set()
        for channel in self._channels:
            channel.stop()

    async def run(self) -> None:
        """Until `stop`. No trouble of a channel ends it, nor of the database."""
        async with asyncio.TaskGroup() as tasks:
            chores = tasks.create_task(self._keep_order(), name="expire notifications")
            running = [tasks.create_task(channel.run()) for channel in self._channels]
            await self._stopping.wait()
            chores.cancel()
            if running:
                _, late = await asyncio.wait(running, timeout=self._times.stop_s)
                if late:
                    log.warning(
                        "not all was sent in time; it is sent after the next start", channels=len(late)
                    )
                for task in late:
                    task.cancel()

    async def _keep_order(self) -> None:
        """What this worker left at its last death is due at once; what expires is ended."""
        waits = delays(longest_s=60.0)
        started_at, is_freed = self._clock(), False
        while True:
            try:
                if not is_freed:
                    await self._free(started_at)
                    is_freed = True
                await self.expire()
                wait_s = _EXPIRE_EVERY_S
                waits = delays(longest_s=60.0)
            except Exception as error:  # alerting must not end the program
                log.warning("notifications wait", exc_info=None if faults.is_of_the_moment(error) else error)
                wait_s = next(waits)
            await asyncio.sleep(wait_s)

    async def _free(self, started_at: int) -> None:
        await self._database.write(lambda c: deliveries.free(c, self._worker, started_at))
        self.wake()

    async def expire(self) -> None:
        """End what will never be sent."""
        now = self._clock()
        while await self._database.write(lambda c: self._expire(c, now)) == _EXPIRED_AT_ONCE:
            pass

    async def _expire(self, connection: AsyncConnection, now: int) -> int:
        names, claim_ms = self._names, self._times.claim_ms
        dead = await deliveries.expire(connection, names, now, claim_ms, _EXPIRED_AT_ONCE)
        for one in set(dead):
            await tell.touch(connection, one.organisation_id, one.site_id, now)
        return len(dead)


async def send_test(
    channels: Sequence[Sender], name: str, person: str, language: str, address: str, url: str
) -> Answer:
    """What the provider says to a test message. Raises Invalid, SendError."""
    channel = channel_named(channels, name)
    words = LANGUAGES[language]
    message = Message(
        key=f"test {uuid.uuid4()}",
        person=person,
        address=address,
        subject=words.test_subject,
        text=words.test_text.format(person=person),
        link=f"{url}/alerts",
        language=language,
    )
    try:
        async with asyncio.timeout(_TEST_S):
            return await channel.send(message)
    except TimeoutError as error:
        raise SendError(f"{name}: no answer within {_TEST_S:g} s", permanent=False) from error
