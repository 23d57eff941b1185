"""The cloud's schema, migrated once in a process and then copied: migrating takes longer than most tests."""

import asyncio
import atexit
import functools
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloud.store.migrate import upgrade
from tests.postgres import Postgres

_TEMPLATE = "with_schema"


def make_sqlite(directory: Path) -> str:
    """A database with the whole schema and nothing in it; its URL."""
    shutil.copyfile(_sqlite_file(), directory / "evara.db")
    return f"sqlite:///{directory / 'evara.db'}"


def make_postgres(server: Postgres, name: str) -> str:
    """The same on PostgreSQL."""
    _make_template(server)
    return server.create_database(name, _TEMPLATE)


@functools.cache
def _sqlite_file() -> Path:
    place = Path(tempfile.mkdtemp(prefix="evara-schema-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    _upgrade(f"sqlite:///{place / 'evara.db'}")
    return place / "evara.db"


@functools.cache
def _make_template(server: Postgres) -> None:
    _upgrade(server.create_database(_TEMPLATE))


def _upgrade(url: str) -> None:
    """In a thread of its own: a browser's test has an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, upgrade(url)).result()
