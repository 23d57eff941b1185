"""Real servers on free ports: mosquitto, PostgreSQL, Redis, each in a directory of its own that goes away.

Everything listens on 127.0.0.1; what runs on the machine already, such as the PostgreSQL that Debian
starts by itself, does not matter.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from tests.certificates import ServerFiles
from tests.postgres import Postgres, cluster
from tests.server import Missing, Server, directory, find, free_port

__all__ = ["Missing", "Mosquitto", "Postgres", "Redis", "find", "free_port", "mosquitto", "postgres", "redis"]

S = TypeVar("S", bound=Server)


class Mosquitto(Server):
    """A broker. `lines` are mosquitto.conf lines below the listener; `config` is a whole file instead."""

    def __init__(
        self,
        directory: Path,
        lines: Sequence[str] = ("allow_anonymous true",),
        *,
        tls: ServerFiles | None = None,
        config: Path | None = None,
        port: int | None = None,
    ) -> None:
        super().__init__(directory, port)
        self.program = find("mosquitto", "mosquitto")
        self.url = f"{'mqtts' if tls else 'mqtt'}://127.0.0.1:{self.port}"
        self.config = config or directory / "mosquitto.conf"
        if config is None:
            # mosquitto leaves root's rights by itself and then can't read what only root may.
            user = ["user root"] if os.geteuid() == 0 else []
            secure = [f"certfile {tls.certificate}", f"keyfile {tls.key}"] if tls else []
            listener = f"listener {self.port} 127.0.0.1"
            self.config.write_text("\n".join([*user, listener, *secure, *lines]) + "\n")

    def command(self) -> list[str]:
        return [self.program, "-c", str(self.config)]


class Redis(Server):
    """A server that keeps nothing on disk."""

    def __init__(self, directory: Path, port: int | None = None) -> None:
        super().__init__(directory, port)
        self.program = find("redis-server", "redis-server")
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
            "dir": self.directory,
        }
        return [self.program, *(part for key, value in options.items() for part in (f"--{key}", str(value)))]


@contextlib.contextmanager
def mosquitto(
    *lines: str, tls: ServerFiles | None = None, config: Path | None = None, port: int | None = None
) -> Iterator[Mosquitto]:
    """A broker; without `lines` everybody may do everything."""
    with directory("mosquitto") as place:
        yield from _run(
            Mosquitto(place, lines or ("allow_anonymous true",), tls=tls, config=config, port=port)
        )


@contextlib.contextmanager
def redis(port: int | None = None) -> Iterator[Redis]:
    with directory("redis") as place:
        yield from _run(Redis(place, port))


@contextlib.contextmanager
def postgres(*settings: str, port: int | None = None) -> Iterator[Postgres]:
    """A fresh cluster: the copy of one that is made once in a process. `settings`: "name=value"."""
    template = cluster()
    with directory("postgres") as place:
        server = Postgres(place, settings, port)
        subprocess.run(["cp", "-a", str(template), str(place / "data")], check=True)
        if server.user:
            shutil.chown(place, server.user, server.user)
        yield from _run(server)


def _run(server: S) -> Iterator[S]:
    try:
        yield server.start()
    finally:
        server.kill()
