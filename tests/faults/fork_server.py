"""A process that has loaded everything once and forks a program of ours whenever it is asked to.

A case starts the cloud and the agent dozens of times, and loading is nearly all that a start costs. What is
forked is a process like any other, with an environment, an end and a SIGKILL of its own.

It serves one case after another on a Unix socket: a line of JSON for every start, answered by a line for
every pid and every death. A case that hangs up leaves nothing behind.
"""

import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from typing import Any

_LOADED = (
    "aiosqlite", "amqtt.broker", "asyncpg", "cloud.commands", "cloud.program", "edge_agent.agent",
    "aiomqtt", "firmware_bridge.sources", "httpx", "redis.asyncio",
    "sqlalchemy.dialects.postgresql.asyncpg", "sqlalchemy.dialects.sqlite.aiosqlite", "tzdata", "uvicorn",
    "uvicorn.protocols.http.h11_impl", "uvicorn.protocols.websockets.websockets_impl",
)  # fmt: skip


def serve(path: str) -> None:
    for name in _LOADED:
        importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        # stdin ends when whoever started us has.
        while sys.stdin not in select.select([sys.stdin, listener], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                _serve_case(connection, listener)


def _serve_case(connection: socket.socket, listener: socket.socket) -> None:
    children: dict[int, int] = {}  # pid by the descriptor that tells its death
    with contextlib.suppress(ConnectionError):  # a case that failed leaves without reading what it is told
        _obey(connection, listener, children)
    _end(children)


def _obey(connection: socket.socket, listener: socket.socket, children: dict[int, int]) -> None:
    pending = b""
    while True:
        ready, _, _ = select.select([connection.fileno(), *children], [], [])
        for descriptor in ready:
            if descriptor in children:
                _tell(connection, **_bury(descriptor, children.pop(descriptor)))
                continue
            chunk = connection.recv(65_536)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                pid = _fork(json.loads(line), (connection, listener))
                children[os.pidfd_open(pid)] = pid
                _tell(connection, pid=pid)


def _fork(order: dict[str, Any], ours: tuple[socket.socket, ...]) -> int:
    pid = os.fork()
    if pid:
        return pid
    for one in ours:
        one.close()
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(order["environment"])
    if later := os.environ.get("PYTHONPATH"):
        sys.path.insert(0, later)
        importlib.import_module("sitecustomize")
    # The one module that reads the environment when it is loaded.
    importlib.reload(importlib.import_module("cloud.faultpoint"))
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


def _bury(descriptor: int, pid: int) -> dict[str, int]:
    os.close(descriptor)
    _, status = os.waitpid(pid, 0)
    return {"pid": pid, "code": os.waitstatus_to_exitcode(status)}


def _end(children: dict[int, int]) -> None:
    for descriptor, pid in children.items():
        os.kill(pid, signal.SIGKILL)
        _bury(descriptor, pid)


def _tell(connection: socket.socket, **news: int) -> None:
    connection.sendall(json.dumps(news).encode() + b"\n")


if __name__ == "__main__":
    serve(sys.argv[1])
