"""PostgreSQL clusters for tests."""

import atexit
import contextlib
import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.server import Missing, Server, find


class Postgres(Server):
    """A cluster of its own, trust on loopback; never run as root, which it refuses.

    It runs with fsync on: the cloud refuses a server whose commits are not durable. On a memory disk,
    where its data lies if there is one, that costs nothing.
    """

    def __init__(self, directory: Path, settings: Sequence[str] = (), port: int | None = None) -> None:
        super().__init__(directory, port)
        self.settings = ("max_connections=60", "shared_buffers=64MB", *settings)
        self.user = _postgres_user()

    def command(self) -> list[str]:
        settings = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.directory}",
            *self.settings,
        ]
        return [_postgres("postgres"), "-D", str(self.directory / "data"), *(f"-c{one}" for one in settings)]

    def accepts(self) -> bool:
        done = subprocess.run([_postgres("pg_isready"), "-q", "-h127.0.0.1", f"-p{self.port}"], check=False)
        return done.returncode == 0

    def stop(self) -> None:
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients.
        self._end(signal.SIGINT)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database like the template, to which nobody may be connected; its URL."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for one statement: rows in lines, columns by |."""
        return subprocess.run(
            [_postgres("psql"), "-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.strip()


@functools.cache
def cluster() -> Path:
    """A cluster that is made once in a process, to be copied."""
    user = _postgres_user()
    place = Path(tempfile.mkdtemp(prefix="evara-initdb-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    if user:
        shutil.chown(place, user, user)
    subprocess.run(
        [_postgres("initdb"), "-D", str(place / "data"), "-Upostgres", "-Atrust", "-EUTF8", "--no-sync"],
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    return place / "data"


@functools.cache
def _postgres(program: str) -> str:
    """Debian keeps the servers' programs outside PATH, a folder for each version."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -float(place.parent.name))
    return find(program, "postgresql", *versions)


def _postgres_user() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise Missing("PostgreSQL refuses to run as root and there is no user postgres or nobody to run it as")
