"""A server in a process of its own: started, stopped, killed, frozen, restarted on the same port."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psutil

from tests.waiting import until

_SMALL_MEMORY_DISK = 2 << 30  # bytes that must be free in /dev/shm before servers keep their data there


class Missing(Exception):
    """A server is not installed: what is missing and what to install."""


def free_port() -> int:
    """A port nobody listens on now; the server takes it a moment later.

    It is none of those that Linux gives to whoever connects: a client could get one while its server is
    restarted, even that which asks for the server, and is then connected with itself.
    """
    for port in random.SystemRandom().sample(range(10_000, 32_768), 100):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("of 100 ports below 32768 none is free: stop what holds them")


def find(program: str, package: str, *places: Path) -> str:
    """The path of a server's program, also outside PATH (Debian keeps some in sbin). Raises Missing."""
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(program, path=path)
    if found is None:
        raise Missing(f"{program} is not installed; on Debian: apt-get install {package}")
    return found


class Server:
    """A server in a process of its own, on a port that it keeps over restarts."""

    user: str | None = None  # whom it runs as; None: as we do

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.directory = directory
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> Self:
        """Start it; returns once it answers."""
        self.launch()
        until(self._answers, 30, f"{type(self).__name__} answers on port {self.port}")
        return self

    def launch(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
            )

    def stop(self) -> None:
        """End it in good order, and by force after 10 s."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL it and every process it started, as the power going away would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Come back on the same port with the same data."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        for process in self._family():
            process.suspend()

    def thaw(self) -> None:
        for process in self._family():
            process.resume()

    def _answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{type(self).__name__} ended with {self.process.returncode}:\n{tail}")
        return self.accepts()

    def accepts(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5):
            return True
        return False

    def _family(self) -> list[psutil.Process]:
        if self.process is None or self.process.poll() is not None:
            return []
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        family = self._family()
        for process in family if how is signal.SIGKILL else family[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(10)
        # A cluster starts again only when the last process of the one before is gone.
        psutil.wait_procs(family[1:], timeout=10)
        self.process = None


@contextlib.contextmanager
def directory(name: str) -> Iterator[Path]:
    """A directory that goes away; on a memory disk where there is a large one."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _SMALL_MEMORY_DISK
    with tempfile.TemporaryDirectory(prefix=f"evara-{name}-", dir=memory if roomy else None) as place:
        yield Path(place)
