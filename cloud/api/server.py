"""uvicorn as a task beside the workers: the program has the signals and the socket, uvicorn serves."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from litestar import Litestar

from cloud.errors import Unready

_GRACE_S = 4  # for requests under way when the program stops
_CONNECTIONS_LIMIT = 5_000
_KEEP_ALIVE_S = 180  # longer than a heartbeat: a gateway on a metered link pays for each TLS handshake
_VIEWER_SAYS_LIMIT = 4_096  # bytes; a viewer has nothing to say
_BACKLOG = 2_048


class WebServer(uvicorn.Server):
    def __init__(
        self, app: Litestar, listener: socket.socket, certificate: Path | None, key: Path | None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="websockets-sansio",
                lifespan="on",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=_CONNECTIONS_LIMIT,
                ws_max_size=_VIEWER_SAYS_LIMIT,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_GRACE_S,
                ssl_certfile=certificate,
                ssl_keyfile=key,
            )
        )
        self._listener = listener

    async def run_until_stopped(self) -> None:
        await self.serve([self._listener])

    def stop(self) -> None:
        """Take no more; the run ends when the requests under way are answered, or after the grace."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: the program hears them and stops everything in order."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on. Raises Unready."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise Unready(
            f"EVARA_LISTEN: can't listen on {host}:{port}: {error.strerror}; is another server there?"
        ) from error
    return listener
