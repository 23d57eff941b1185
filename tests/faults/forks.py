"""The client of fork_server.py: starts programs of ours, and tells how each ended."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

LOADING_S = 60.0


class Child(Protocol):
    pid: int

    async def wait(self) -> int:
        """Its return code, negative for a signal."""
        ...


class _Forked:
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        return await asyncio.shield(self.ended)


class Forks:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._started: asyncio.Queue[_Forked] = asyncio.Queue()
        self._alive: dict[int, _Forked] = {}
        self._one_at_a_time = asyncio.Lock()

    async def start(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> Child:
        """`arguments`: a module and what it gets."""
        order = {"arguments": list(arguments), "environment": environment, "log": str(log)}
        assert self._process.stdin is not None
        async with self._one_at_a_time, asyncio.timeout(LOADING_S):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            return await self._started.get()

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            news = json.loads(line)
            if "code" in news:
                self._alive.pop(news["pid"]).ended.set_result(news["code"])
            else:
                self._alive[news["pid"]] = child = _Forked(news["pid"])
                self._started.put_nowait(child)


@asynccontextmanager
async def open_forks() -> AsyncIterator[Forks]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.fork_server",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    forks = Forks(process)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(forks.listen(), name="forks")
        try:
            yield forks
        finally:
            listening.cancel()
            process.stdin.close()
            await process.wait()


async def spawn(arguments: Sequence[str], environment: dict[str, str], log: Path) -> Child:
    """The same for a command that is not ours alone, such as `ip netns exec`."""
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            *arguments, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file
        )
