"""Where a server of the bridge listens."""

import asyncio
import errno
import socket
from collections.abc import Callable

from firmware_bridge.source import SourceError
from protocol.hosts import is_name

PIECE = 65_536  # bytes that are read at once; twice as many are held before the network has to wait

_BACKLOG = 128


def place(listen: str) -> tuple[str, int]:
    """Host and port of `host:port`. Raises ValueError."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not is_name(host) or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ValueError(f"listen {listen[:60]!r} is no address; write it as 0.0.0.0:8480")
    return host, int(port)


async def listening(
    listen: str, connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
) -> asyncio.Server:
    """Raises SourceError: nothing can listen there."""
    host, port = place(listen)
    try:
        return await asyncio.start_server(connected, host, port, limit=PIECE, backlog=_BACKLOG)
    except OSError as error:
        raise SourceError(f"cannot listen on {listen}: {_reason(error, port)}") from error


def _reason(error: OSError, port: int) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address; listen on 0.0.0.0 for all that it has"
    if error.errno == errno.EADDRINUSE:
        return "another program has this port; stop that one, or listen on another port"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"a port below 1024 is only for programs that may; listen on {port + 8000}, "
            "or give the service AmbientCapabilities=CAP_NET_BIND_SERVICE"
        )
    return f"{error.strerror}; listen on another address"
