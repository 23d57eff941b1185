"""A process that has loaded every library once and forks a program of ours whenever it is asked to.

A case starts the cloud and the agent dozens of times; loading libraries is nearly all that a start costs.
What is forked loads our packages anew and is a process like any other, with an end and a SIGKILL of its own.

It reads a line of JSON for every start, and writes a line for every pid and every death.
"""

import importlib
import json
import os
import runpy
import select
import signal
import sys
from typing import Any

_LIBRARIES = (
    "aiomqtt", "aiosqlite", "alembic.command", "amqtt.broker", "argon2", "asyncpg", "httpx", "litestar",
    "litestar.channels", "litestar.openapi.plugins",  "msgspec", "paho.mqtt.client",
    "prometheus_client", "redis.asyncio", "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.ext.asyncio", "structlog", "tzdata", "uvicorn",
    "uvicorn.protocols.http.h11_impl", "uvicorn.protocols.websockets.websockets_impl", "websockets",
)  # fmt: skip


def serve() -> None:
    for library in _LIBRARIES:
        importlib.import_module(library)
    children: dict[int, int] = {}  # pid by the descriptor that tells its death
    pending = b""
    while True:
        ready, _, _ = select.select([0, *children], [], [])
        for descriptor in ready:
            if descriptor:
                _bury(descriptor, children.pop(descriptor))
                continue
            chunk = os.read(0, 65_536)
            if not chunk:
                return _end(children)
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                pid = _fork(json.loads(line))
                children[os.pidfd_open(pid)] = pid
                _tell(pid=pid)


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(3, 100)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if os.environ.get("PYTHONPATH"):
        importlib.import_module("sitecustomize")
    module, *sys.argv[1:] = order["arguments"]
    code = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _bury(descriptor: int, pid: int) -> None:
    os.close(descriptor)
    _, status = os.waitpid(pid, 0)
    _tell(pid=pid, code=os.waitstatus_to_exitcode(status))


def _end(children: dict[int, int]) -> None:
    """Nobody is left to look after them."""
    for pid in children.values():
        os.kill(pid, signal.SIGKILL)


def _tell(**news: int) -> None:
    os.write(1, json.dumps(news).encode() + b"\n")


if __name__ == "__main__":
    serve()
