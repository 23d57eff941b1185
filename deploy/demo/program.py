"""The demo's children: one that runs to its end, and one that is started again when it dies."""

import asyncio
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import IO

STOP_S = 20.0
RUN_S = 60.0
RESTART_S = 1.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ProgramError(Exception):
    """A child failed: what it said."""


async def run(arguments: list[str], environment: dict[str, str], fine: tuple[int, ...] = (0,)) -> str:
    """What a program printed. Raises ProgramError with its error output where its exit code is not `fine`."""
    child = await _start(arguments, environment, asyncio.subprocess.PIPE, asyncio.subprocess.PIPE)
    async with asyncio.timeout(RUN_S):
        out, err = await child.communicate()
    if child.returncode not in fine:
        raise ProgramError(f"python -m {' '.join(arguments)} failed:\n{err.decode()}")
    return out.decode()


async def supervise(name: str, arguments: list[str], environment: dict[str, str], log: Path) -> None:
    """Keep a program running; stop it in order when this is cancelled."""
    while True:
        with log.open("ab") as file:
            child = await _start(arguments, environment, file, file)
        try:
            code = await child.wait()
        finally:
            await _stop(child)
        print(f"{name} ended ({_ending(code)}) and is started again; its log is {log}", flush=True)
        await asyncio.sleep(RESTART_S)


async def _start(
    arguments: list[str], environment: dict[str, str], out: int | IO[bytes], err: int | IO[bytes]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        env=os.environ | environment,
        stdout=out,
        stderr=err,
        start_new_session=True,  # Ctrl-C reaches the demo alone, which stops its children in order
        preexec_fn=_die_with_the_demo,
    )


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


def _die_with_the_demo() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
