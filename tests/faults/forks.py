"""The client of fork_server.py: starts programs of ours, and tells how each ended."""

import asyncio
import atexit
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from tests.waiting import until_async

LOADING_S = 90.0  # on a busy machine


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
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._started: asyncio.Queue[_Forked] = asyncio.Queue()
        self._alive: dict[int, _Forked] = {}
        self._one_at_a_time = asyncio.Lock()

    async def start(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> Child:
        """`arguments`: a module and what it gets."""
        order = {"arguments": list(arguments), "environment": environment, "log": str(log)}
        async with self._one_at_a_time, asyncio.timeout(LOADING_S):
            self._writer.write(json.dumps(order).encode() + b"\n")
            return await self._started.get()

    async def listen(self) -> None:
        async for line in self._reader:
            news = json.loads(line)
            if "code" in news:
                self._alive.pop(news["pid"]).ended.set_result(news["code"])
            else:
                self._alive[news["pid"]] = child = _Forked(news["pid"])
                self._started.put_nowait(child)


@asynccontextmanager
async def open_forks() -> AsyncIterator[Forks]:
    """A connection to the server of this test process, which serves one case at a time."""
    path = _server()
    await until_async(path.exists, LOADING_S, "the fork server has loaded everything")
    reader, writer = await asyncio.open_unix_connection(str(path))
    forks = Forks(reader, writer)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(forks.listen(), name="forks")
        try:
            yield forks
        finally:
            listening.cancel()
            writer.close()


@functools.cache
def _server() -> Path:
    """Where it listens. It ends with this process."""
    place = tempfile.TemporaryDirectory(prefix="evara-forks-")
    path = Path(place.name, "socket")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.fork_server", str(path)], stdin=subprocess.PIPE
    )

    def end() -> None:
        process.communicate()
        place.cleanup()

    atexit.register(end)
    return path


async def spawn(arguments: Sequence[str], environment: dict[str, str], log: Path) -> Child:
    """The same for a command that is not ours alone, such as `ip netns exec`."""
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            *arguments, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file
        )
