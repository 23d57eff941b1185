"""Alerting's loop, after the commit. Its faults are logged and shown; readings never wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

import structlog

from cloud.alerting import births, late, merge, offline, ring, rollout, several
from cloud.metrics import Metrics
from cloud.store import alerts, faults, notifications, pending, transitions
from cloud.store.database import Database

log = structlog.get_logger()

LOOK_EVERY_S = 1.0  # when nobody wakes us
AT_MOST_EVERY_S = 0.2  # when every commit does

# ms between two looks at what has no transition of its own
_OFFLINE_EVERY = 3_000
_SEVERAL_EVERY = 5_000
_ROLLOUT_EVERY = 5_000
_COUNT_EVERY = 10_000


class Alerting:
    def __init__(
        self,
        database: Database,
        worker: str,
        is_hearing: Callable[[], bool],
        on_told: Callable[[], None],
        on_changed: Callable[[Collection[str]], None],
        metrics: Metrics,
        clock: Callable[[], int],
    ) -> None:
        """`is_hearing`: whether gateways could reach us now. `on_told`: there may be something to send.

        `on_changed` is called after a commit with the ids of alerts; neither may wait or raise.
        """
        self._database = database
        self._worker = worker
        self._is_hearing = is_hearing
        self._on_told = on_told
        self._on_changed = on_changed
        self._metrics = metrics
        self._clock = clock
        self._hearing_since: int | None = None
        self._done_at: dict[str, int] = {}  # by chore
        self._troubles: dict[str, str] = {}  # by chore
        self._faults = 0  # transitions that could not be merged since the start
        self._wake = asyncio.Event()
        self._stopped = False

    @property
    def trouble(self) -> str | None:
        """What fails, as a sentence; it holds up no readings, and so it is no matter of readiness."""
        if self._faults and not self._troubles:
            return f"{self._faults} transitions could not be merged: read the log, then restart"
        return next(iter(self._troubles.values()), None)

    def wake(self) -> None:
        """Something was committed; must not wait or raise."""
        self._wake.set()

    def stop(self) -> None:
        """`run` ends what it is at and returns."""
        self._stopped = True
        self._wake.set()

    async def run(self) -> None:
        await self._do("merge", 0, 0, lambda: self._database.write(transitions.try_again))
        while not self._stopped:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()
            await self.work(self._clock())
            if not self._stopped:
                await asyncio.sleep(AT_MOST_EVERY_S)

    async def work(self, now: int) -> None:
        """Whatever there is to do at this time, each chore for itself."""
        self._hearing_since = (self._hearing_since or now) if self._is_hearing() else None
        database, since = self._database, self._hearing_since
        await self._do("offline", now, _OFFLINE_EVERY, lambda: offline.look(database, since, now))
        await self._do("what waits", now, 0, lambda: self._look(now))
        await self._do("several sites", now, _SEVERAL_EVERY, lambda: several.look(database, now))
        await self._do("roll-out", now, _ROLLOUT_EVERY, lambda: rollout.plan_new(database, now))
        await self._do("counts", now, _COUNT_EVERY, self._count)

    async def _look(self, now: int) -> None:
        """After most commits there is nothing."""
        async with self._database.reading() as connection:
            waits = await pending.look(connection, now)
        if waits.births:
            await self._do("births", now, 0, lambda: births.look(self._database, now))
        if waits.transitions:
            await self._do("merge", now, 0, lambda: self._merge(now))
        if waits.transitions or waits.decisions:
            await self._do("timers", now, 0, lambda: self._ring(now))
        if waits.histories:
            await self._do("late readings", now, 0, lambda: self._look_back(now))

    async def _do(self, chore: str, now: int, every: int, work: Callable[[], Awaitable[object]]) -> None:
        if every and now - self._done_at.get(chore, 0) < every:
            return
        self._done_at[chore] = now
        try:
            await work()
        except Exception as error:
            self._troubles[chore] = f"alerting fails at {chore}: {str(error)[:200]}"
            if faults.is_of_the_moment(error):
                log.warning("alerting waits", chore=chore, cause=str(error)[:200])
            else:
                log.exception("alerting failed", chore=chore)
        else:
            self._troubles.pop(chore, None)
        self._metrics.alerting_troubles.set(len(self._troubles))

    async def _merge(self, now: int) -> None:
        with self._metrics.merge_s.time():
            merged = await merge.merge_all(self._database, now)
        self._metrics.transitions.inc(merged.count)
        self._faults += merged.faults
        if merged.alerts:
            self._on_changed(merged.alerts)

    async def _ring(self, now: int) -> None:
        changed = await ring.ring(self._database, self._worker, now)
        if changed:
            self._on_told()
            self._on_changed(changed)

    async def _look_back(self, now: int) -> None:
        changed = await late.look(self._database, self._worker, now)
        if changed:
            self._on_changed(changed)

    async def _count(self) -> None:
        async with self._database.reading() as connection:
            by_severity = await alerts.count_open(connection)
            by_state = await notifications.count_by_state(connection)
        for severity in ("info", "warning", "critical"):
            self._metrics.open_alerts.labels(severity).set(by_severity.get(severity, 0))
        for state in ("queued", "sending", "retry"):
            self._metrics.notifications.labels(state).set(by_state.get(state, 0))
