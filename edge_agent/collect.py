"""Source to outbox, for ever: refined, with patience and a breaker, and never delaying another source."""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from edge_agent import clock
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.store import Outbox
from firmware_bridge.fields import origins_of
from firmware_bridge.history import Serves
from firmware_bridge.refine.stage import Stage
from firmware_bridge.source import Answering, Archive, Reject, Source, SourceError
from protocol import breaker as machine
from protocol.backoff import delays
from protocol.breaker import Breaker, Policy, State
from protocol.messages import Loss
from protocol.reading import FUTURE_MS, Reading

log = logging.getLogger(__name__)
T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

# What is kept elsewhere is not lost while we wait, and its server is spared. What a device shows now is
# gone: a plug that is pushed in again is noticed within seconds.
POLICY = Policy(longest_open_s=10.0)
OF_ARCHIVES = Policy()
# Who brings more than this is catching up and waits for the commit; who brings less, and answers nobody,
# shares one a second.
_LIVE_READINGS = 20
_STORE_WAIT_S = 60.0  # the longest between two tries to keep what the store could not


async def collect(
    source: Source | Serves,
    outbox: Outbox,
    sleep: Sleep = asyncio.sleep,
    now_s: Callable[[], float] = time.monotonic,
) -> None:
    """Run one source for ever; returns only when it says that there will never be more readings."""
    collector = _Collector(source, outbox, sleep, now_s)
    await collector.prepare()
    waits = delays()
    while not await collector.run():
        if collector.has_put:
            waits = delays()  # it worked for a while: start from the shortest wait
        await sleep(collector.wait_s(waits.__next__))


class _Collector:
    """One source, its breaker, and the `put` that it is given."""

    def __init__(
        self, source: Source | Serves, outbox: Outbox, sleep: Sleep, now_s: Callable[[], float]
    ) -> None:
        self.has_put = False  # since `run` began
        self._source = source
        self._outbox = outbox
        self._sleep = sleep
        self._now_s = now_s
        self._breaker = Breaker()
        self._policy = OF_ARCHIVES if isinstance(source, Archive) else POLICY
        self._stage = Stage(source.measures())
        self._resumes = False  # it has a cursor: what it could not hand over it reads again

    async def prepare(self) -> None:
        name = self._source.name
        points, origins = self._source.points(), origins_of(self._source.measures())
        await self._patiently(lambda: self._outbox.register_points(points, origins))
        stored = (await self._patiently(self._outbox.load_breakers)).get(name)
        if stored is not None:
            self._breaker = machine.restored(stored)

    async def run(self) -> bool:
        """Feed until it ends; whether it ended for good."""
        name = self._source.name
        cursor = await self._patiently(lambda: self._outbox.cursor(name))
        self._resumes = self._resumes or cursor is not None
        # Also after a failure: a put that was cancelled may have been kept, or not.
        self._stage.restore(await self._patiently(lambda: self._outbox.memories(name)))
        self.has_put = False
        await self._become(machine.started(self._breaker))
        try:
            await self._feed(cursor)
        except SourceError as error:
            log.warning("source %s: %s", name, error)
        except Exception:  # a bug in one adapter must not silence the others
            log.exception("source %s crashed; it is tried again", name)
        else:
            log.info("source %s has no more readings", name)
            await self._become(machine.succeeded(self._breaker, self._policy, self._now_s()))
            return True
        await self._become(machine.failed(self._breaker, self._policy, self._now_s(), random.random))
        return False

    def wait_s(self, next_wait: Callable[[], float]) -> float:
        """Until the next try: the back-off's, or until the breaker lets a probe through."""
        if self._breaker.state is State.OPEN:
            return max(0.0, self._breaker.until - self._now_s())
        return next_wait()

    async def _feed(self, cursor: str | None) -> None:
        if isinstance(self._source, Serves):
            name = self._source.name
            history = self._outbox.history(name, self._stage, self._has_kept)
            await self._source.serve(history, self._put)
        else:
            await self._source.feed(self._put, cursor)

    async def _put(
        self, readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        self._resumes = self._resumes or cursor is not None
        answers = isinstance(self._source, Answering) and self._source.answers
        waiting = answers or len(readings) + len(rejects) > _LIVE_READINGS
        refined = self._stage.refine(readings, clock.now_ms() + FUTURE_MS)
        await self._keep(
            lambda: self._outbox.append(
                self._source.name,
                refined.readings,
                cursor,
                [*rejects, *refined.rejects],
                # As they are when it is kept: a second put may have been refined while this one waited.
                memories=self._stage.memories(refined.touched),
                waiting=waiting,
            ),
            refined.readings,
        )
        await self._has_kept()

    async def _has_kept(self) -> None:
        """A source says that it works by what it brings; its feed may never return."""
        self.has_put = True
        await self._become(machine.succeeded(self._breaker, self._policy, self._now_s()))

    async def _keep(self, append: Callable[[], Awaitable[None]], readings: Sequence[Reading]) -> None:
        """Append, however long the store is in trouble; what could not be read meanwhile is a loss."""
        blocked_s, blocked_at = self._now_s(), clock.now_ms()
        try:
            await append()
        except OutboxError as error:
            log.warning("source %s waits: %s", self._source.name, error)
        else:
            return
        try:
            await self._try_again(append)
        except asyncio.CancelledError:
            await self._give_up(readings)
            raise
        log.info("source %s goes on: the outbox takes readings again", self._source.name)
        if not self._resumes:
            await self._record_gap(self._now_s() - blocked_s, blocked_at)

    async def _try_again(self, append: Callable[[], Awaitable[T]]) -> T:
        waits = delays(longest_s=_STORE_WAIT_S)
        while True:
            await self._sleep(next(waits))
            try:
                return await append()
            except OutboxError as error:
                log.debug("source %s still waits: %s", self._source.name, error)

    async def _record_gap(self, blocked_s: float, since: int) -> None:
        """A source without a cursor was held up: its samples went by, at least so many as fit between."""
        until = clock.now_ms()
        for point in self._source.points():
            missed = int(blocked_s / point.interval_s) if point.interval_s else 1
            if missed:
                # One less: it may sample once more as soon as it is let go.
                loss = self._loss(point.name, since, until, missed - 1, exact=False)
                await self._patiently(partial(self._outbox.record_loss, loss))

    async def _give_up(self, readings: Sequence[Reading]) -> None:
        """The agent stops while the store takes nothing: what this source can't read again is lost."""
        if self._resumes:
            return
        for point in dict.fromkeys(reading.point for reading in readings):
            times = [reading.at for reading in readings if reading.point == point]
            try:
                await self._outbox.record_loss(
                    self._loss(point, min(times), max(times), len(times), exact=True)
                )
            except OutboxError as error:
                log.error(
                    "source %s: %d readings of %s are lost: %s", self._source.name, len(times), point, error
                )

    def _loss(self, point: str, since: int, until: int, count: int, exact: bool) -> Loss:
        return Loss(
            id=uuid.uuid4().hex,
            point=point,
            since=since,
            until=max(since, until),
            count=count,
            exact=exact,
            reason="the outbox took no readings",
        )

    async def _become(self, breaker: Breaker) -> None:
        """Its new state, kept if it is another one. Counts of a closed breaker are not worth a write."""
        changed = breaker.state is not self._breaker.state
        self._breaker = breaker
        if changed:
            await self._patiently(lambda: self._outbox.save_breaker(self._source.name, breaker))

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except OutboxError as error:
            log.warning("source %s waits: %s", self._source.name, error)
        return await self._try_again(call)
