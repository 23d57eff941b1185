"""One run of one case: the system, its gateways under load, the judge after every crash and at the end."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

from tests.faults import oracle, stored
from tests.faults.forks import Forks, open_forks
from tests.faults.gateways import Gateway
from tests.faults.journal import Journal
from tests.faults.links import stay_connected
from tests.faults.load import parting, planned
from tests.faults.run import Run
from tests.faults.supervisor import OnDeath, Process
from tests.faults.system import System
from tests.server import directory
from tests.waiting import until_async

COUNTED_S = 60.0  # the cloud counts dirty buckets every 20 s
BACKLOG_S = 4.0  # a live batch that waits longer is backlog; twice what a busy test machine needs

Form = Callable[[Forks, Path, int, OnDeath], AbstractAsyncContextManager[System]]


class Case:
    def __init__(self, run: Run, directory: Path) -> None:
        self.run = run
        self.chance = random.Random(run.seed)
        self.journal = Journal(directory)
        self.gateways: list[Gateway] = []
        self.idle: list[Gateway] = []  # known to the cloud, not connected: a case does as it likes with them
        self.system: System  # set once it runs
        self.findings: list[str] = []
        self.after_crash: Callable[[], None] = _nothing  # what the crash did to the disk as well

    async def on_death(self, process: Process) -> None:
        """I3 at the instant after a crash: nobody may send until the database was looked at."""
        if not hasattr(self, "system"):
            raise AssertionError(f"{process.name} died before all was up:\n{process.tail()}")
        if process not in self.system.workers:
            return
        for gateway in self.gateways:
            gateway.may_send.clear()
        await asyncio.to_thread(self.after_crash)
        await self.look_for_early_receipts(f"after {process.name} died ({process.deaths[-1]})")
        for gateway in self.gateways:
            gateway.may_send.set()

    async def look_for_early_receipts(self, when: str) -> None:
        receipts = list(self.journal.receipts())
        is_down = not self.system.api.is_alive
        rows = await stored.look_at_readings(self.system.database, crashed=is_down)
        self.findings += [f"{when}: {one}" for one in oracle.early(receipts, self.journal.sent(), rows)]

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Gateways connected and measuring for as long as the block runs; connected until the case ends."""
        started_s, origin_ms = time.monotonic(), time.time_ns() // 1_000_000
        rate = self.run.batches_per_s / len(self.gateways)
        async with asyncio.TaskGroup() as tasks:
            producing = [
                tasks.create_task(
                    gateway.produce(planned(gateway.name, index, self._fork(), origin_ms, rate), started_s)
                )
                for index, gateway in enumerate(self.gateways)
            ]
            yield
            for task in producing:
                task.cancel()
        for index, gateway in enumerate(self.gateways):
            gateway.take(parting(gateway.name, index, origin_ms), time.monotonic())

    async def until_under_way(self) -> None:
        """Every gateway was welcomed and the first receipts have come."""

        def receipts() -> bool:
            return sum(1 for _ in self.journal.receipts()) >= 2 * len(self.gateways)

        await until_async(receipts, 30, "the first receipts come")

    def oldest_s(self) -> float:
        return max(gateway.oldest_s() for gateway in self.gateways)

    async def until_back(self, heal_s: float) -> None:
        """I6 while the load goes on: no batch is older than what is usual."""
        usual_s, heal_s = BACKLOG_S * self.system.slowness, heal_s * self.system.slowness
        try:
            await until_async(lambda: self.oldest_s() < usual_s, heal_s)
        except TimeoutError:
            raise AssertionError(
                f"I6: no older than {usual_s:.0f} s was hoped for: {self._backlog()}"
            ) from None

    async def until_sent(self, gateways: Sequence[Gateway], timeout_s: float = 60.0) -> None:
        try:
            await until_async(lambda: not any(gateway.waiting for gateway in gateways), timeout_s)
        except TimeoutError:
            raise AssertionError(
                f"I6: after {timeout_s:.0f} s some have no receipt: {self._backlog()}"
            ) from None

    async def until_counted(self) -> None:
        """Every bucket that is over has been counted."""

        async def counted() -> bool:
            over = time.time_ns() // 1_000_000 - oracle.BUCKET_MS
            return await stored.count_dirty(self.system.database, over) == 0

        await until_async(counted, COUNTED_S, "I6: every bucket that is over is counted")

    @asynccontextmanager
    async def connected(self, gateways: Sequence[Gateway] | None = None) -> AsyncIterator[None]:
        """Gateways stay connected, over every way in by turns, for as long as the block runs."""
        links = self.system.links()
        async with asyncio.TaskGroup() as tasks:
            connected = [
                tasks.create_task(stay_connected(gateway, links[place % len(links)]), name=gateway.name)
                for place, gateway in enumerate(self.gateways if gateways is None else gateways)
            ]
            yield
            for task in connected:
                task.cancel()

    async def judge(self) -> stored.Stored:
        """Wait until all is receipted, then I1, I2, I5 over everything, with what I3 found on the way."""
        await self.until_sent(self.gateways)
        there = await stored.look(self.system.database)
        sent = list(self.journal.sent())
        assert sent, "nothing was sent: the case proves nothing"
        self.findings += oracle.judge(sent, list(self.journal.receipts()), self.journal.losses(), there)
        self.check()
        return there

    def check(self) -> None:
        assert not self.findings, "\n".join([f"seed {self.run.seed}:", *self.findings])

    def latencies_s(self, since_s: float = 0.0) -> list[float]:
        """Planned time to receipt, sorted, of what was planned from `since_s` on."""
        return sorted(
            one.heard_s - one.planned_s for one in self.journal.receipts() if one.planned_s >= since_s
        )

    def print_logs(self) -> None:
        """pytest shows them where the case failed."""
        for process in self.system.processes:
            print(f"--- {process.name}, deaths {process.deaths}, points {process.armed}\n{process.tail()}")

    def _backlog(self) -> str:
        """Of each gateway: batches waiting, how often the oldest was sent, since when it waits."""
        lines = [
            f"{gateway.name}: {len(gateway.waiting)} wait, the first was sent"
            f" {next(iter(gateway.waiting.values())).sendings} times in {gateway.oldest_s():.1f} s;"
            f" {gateway.welcomes} welcomes, {len(gateway.refusals)} refusals"
            for gateway in (*self.gateways, *self.idle)
            if gateway.waiting
        ]
        return "\n".join(lines)

    def _fork(self) -> random.Random:
        return random.Random(self.chance.random())


@asynccontextmanager
async def case(form: Form, run: Run, idle: int = 0, connected: bool = True) -> AsyncIterator[Case]:
    """The system in one form and its gateways, connected unless the case does it; `idle` more are not."""
    with directory("faults") as place, _one_error():
        one = Case(run, place)
        async with open_forks() as forks, form(forks, place, run.gateways + idle, one.on_death) as system:
            one.system = system
            everyone = [
                Gateway(name, system.secret, one.journal, random.Random(f"{run.seed} {number}"))
                for number, name in enumerate(system.names)
            ]
            one.gateways, one.idle = everyone[: run.gateways], everyone[run.gateways :]
            try:
                async with one.connected(None if connected else []):
                    yield one
            finally:
                one.print_logs()
                one.journal.close()


@contextmanager
def _one_error() -> Iterator[None]:
    """What went wrong first, out of all the task groups around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None


def _nothing() -> None:
    """Only the process died."""
