"""Processes of ours that are started again within a second of their death, as systemd would."""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import psutil

from tests.faults.forks import Child
from tests.waiting import until_async

OnDeath = Callable[["Process"], Awaitable[None]]
Start = Callable[[Sequence[str], dict[str, str], Path], Awaitable[Child]]


class Process:
    """One program. `on_death` runs before it is started again, whoever killed it."""

    def __init__(
        self,
        name: str,
        start: Start,
        arguments: Sequence[str],
        environment: dict[str, str],
        directory: Path,
        on_death: OnDeath,
    ) -> None:
        self.name = name
        self.environment = environment
        self.fault_points: deque[str] = deque()  # name:n, one for each of the next starts
        self.armed: list[str] = []  # points it was started with
        self.log = directory / f"{name}.log"
        self.deaths: list[int] = []  # return codes, negative for signals
        self.starts = 0
        self.may_start = asyncio.Event()  # cleared: it stays dead
        self.may_start.set()
        self.on_death = on_death
        self._start = start
        self._arguments = arguments
        self._child: Child | None = None

    async def run(self) -> None:
        """Keep it running; cancelled, it is stopped in good order."""
        while True:
            await self.may_start.wait()
            self._child = await self._start(self._arguments, self._environment(), self.log)
            self.starts += 1
            try:
                code = await self._child.wait()
            except asyncio.CancelledError:
                await self._stop(self._child)
                raise
            self._child = None
            self.deaths.append(code)
            await self.on_death(self)

    @property
    def is_alive(self) -> bool:
        return self._child is not None

    def send(self, number: signal.Signals) -> None:
        assert self._child is not None, f"{self.name} is dead"
        os.kill(self._child.pid, number)

    def resident_bytes(self) -> int:
        assert self._child is not None, f"{self.name} is dead"
        return int(psutil.Process(self._child.pid).memory_info().rss)

    async def died(self, times: int, timeout_s: float) -> None:
        """Wait for its death number `times`."""
        await until_async(
            lambda: len(self.deaths) >= times,
            timeout_s,
            f"{self.name} dies {times} times; it was armed with {self.armed}",
        )

    async def started(self, times: int, timeout_s: float) -> None:
        """Wait for its start number `times`."""
        await until_async(lambda: self.starts >= times, timeout_s, f"{self.name} is started {times} times")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def _environment(self) -> dict[str, str]:
        if not self.fault_points:
            return self.environment
        self.armed.append(self.fault_points.popleft())
        return self.environment | {"FAULT_POINT": self.armed[-1]}

    async def _stop(self, child: Child) -> None:
        os.kill(child.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(15):
                await child.wait()
        except TimeoutError:
            os.kill(child.pid, signal.SIGKILL)
            await child.wait()
