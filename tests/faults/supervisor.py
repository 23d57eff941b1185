"""Processes of the cloud that are started again within a second of their death, as systemd would."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import psutil

from tests.waiting import until_async

OnDeath = Callable[["Process"], Awaitable[None]]


class Process:
    """One role of the cloud. `on_death` runs before it is started again, whoever killed it."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: dict[str, str],
        directory: Path,
        on_death: OnDeath,
        before: Sequence[str] = (),  # words of a command that runs it
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
        self._command = [*before, sys.executable, "-m", *arguments]
        self.on_death = on_death
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        """Keep it running; cancelled, it is stopped in good order."""
        while True:
            await self.may_start.wait()
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, env=self._environment(), stdin=asyncio.subprocess.DEVNULL,
                    stdout=log, stderr=log,
                )  # fmt: skip
            self.starts += 1
            try:
                code = await self._process.wait()
            except asyncio.CancelledError:
                await self._stop()
                raise
            self.deaths.append(code)
            await self.on_death(self)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def resident_bytes(self) -> int:
        return int(psutil.Process(self.pid).memory_info().rss)

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

    async def _stop(self) -> None:
        assert self._process is not None
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(15):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
