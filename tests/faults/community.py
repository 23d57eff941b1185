"""A real evara-agent with a simulated community, and the truth about it: what the community wrote down."""

import asyncio
import csv
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.faults import oracle, stored
from tests.faults.journal import Fate, Sent
from tests.faults.stored import Value
from tests.faults.supervisor import Process
from tests.faults.system import System, clean_environment
from tests.waiting import until_async

LIVE_READINGS = 200  # a second or two of measuring

Truth = dict[tuple[str, int], Value]  # (device/metric, at) -> value


class Community(msgspec.Struct):
    """Where one agent lives, and its process."""

    folder: Path
    process: Process

    def taken(self) -> Truth:
        """What the sensors gave so far. A line torn by a kill was never handed on."""
        journal = self.folder / "journal.csv"
        if not journal.exists():
            return {}
        with journal.open(newline="") as lines:
            rows = [row for row in csv.reader(lines) if len(row) == 3]
        return {(point, int(at)): float(value) if value else None for point, at, value in rows}

    async def until_taken(self) -> None:
        """The first readings are written down."""
        await until_async(self.taken, 20, "the community takes its first readings")

    async def until_stored_some(self, system: System) -> None:
        """The way to the database works."""

        async def some() -> bool:
            return bool(await stored.query(system.database, "SELECT 1 FROM reading LIMIT 1"))

        await until_async(some, 30, f"the first reading is stored; the agent's log:\n{self.process.tail()}")

    async def until_settled(self, timeout_s: float) -> None:
        """The agent itself knows of nothing older that has no receipt."""

        async def settled() -> bool:
            status = await self._status()
            return int(status["backlog"]) <= LIVE_READINGS and status["parked"] == 0

        await until_async(settled, timeout_s, "the agent's backlog is empty")

    async def rejects(self) -> int:
        """How many rows and values of its sources the agent lists as rejected."""
        return int((await self._status())["rejects"])

    async def _status(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "edge_agent", "status", "--json"]
        process = await asyncio.create_subprocess_exec(
            *command, "--config", str(self.folder / "agent.toml"), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        status: dict[str, Any] = msgspec.json.decode(out)
        return status

    async def until_stored(self, system: System, timeout_s: float) -> None:
        """Everything taken until now is in the database."""
        wanted = self.taken()
        assert wanted, "the community took nothing: the case proves nothing"

        async def missing() -> int:
            rows = await stored.look_at_readings(system.database, crashed=False)
            return len(wanted.keys() - {(point, at) for point, at, _ in rows})

        async def all_there() -> bool:
            (count,) = (await stored.query(system.database, "SELECT count(*) FROM reading"))[0]
            return count >= len(wanted) and await missing() == 0

        try:
            await until_async(all_there, timeout_s)
        except TimeoutError:
            raise AssertionError(
                f"I1 lost: {await missing()} of {len(wanted)} are not stored after {timeout_s:g} s;"
                f" the agent's log ends with:\n{self.process.tail()}"
            ) from None

    async def judge(self, system: System) -> None:
        """I2 and I5 once the agent has stopped: what is stored was taken, value by value, counted once.

        I1 is `until_stored`: what the last moment before the stop took is in the outbox, or comes again.
        """
        there = await stored.look(system.database)
        keys = {(point, at) for point, at, _ in there.readings}
        sent = [
            Sent("agent", "", 0, 0, *key, value, Fate.STORED)
            for key, value in self.taken().items()
            if key in keys
        ]
        findings = oracle.judge(sent, [], set(), there)
        assert not findings, "\n".join(findings)


@asynccontextmanager
async def community(
    system: System, cloud: str, past_h: float, every_s: float = 0.2
) -> AsyncIterator[Community]:
    """An agent for the first gateway. `cloud`: lines of its [cloud] section that say how it gets there."""
    source = f"""
[[sources]]
kind = "simulated"
name = "community"
every_s = {every_s}
past_h = {past_h}
journal = "journal.csv"
"""
    async with agent(system, cloud, source) as one:
        yield one


@asynccontextmanager
async def agent(system: System, cloud: str, sources: str) -> AsyncIterator[Community]:
    """An agent with any sources."""
    folder = system.directory / "agent"
    write_agent(folder, system, cloud, sources)
    arguments = ["edge_agent", "run", "--config", str(folder / "agent.toml")]
    process = Process("agent", system.forks.start, arguments, clean_environment(), system.directory, _nothing)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(process.run(), name="agent")
        yield Community(folder, process)
        running.cancel()


def write_agent(folder: Path, system: System, cloud: str, sources: str) -> None:
    folder.mkdir()
    credential = folder / "credential"
    credential.touch(0o600)
    credential.write_text(f"{system.names[0]}:{system.secret}\n")
    settings = """
[gateway]
name = "amba"
[outbox]
path = "outbox.db"
[cloud]
credential_file = "credential"
seal_every_s = 1
heartbeat_s = 5
"""
    (folder / "agent.toml").write_text(settings + cloud + sources)


async def _nothing(_: Process) -> None:
    """It is started again, that is all."""
