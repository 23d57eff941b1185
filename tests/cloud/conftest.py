"""A database with the whole schema, once on SQLite and once on PostgreSQL."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cloud.store.database import Database, open_database
from tests import schema
from tests.postgres import Postgres

_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with the whole schema and nothing in it."""
    url: str = request.getfixturevalue(f"migrated_{request.param}")
    return url


@pytest.fixture
def migrated_sqlite(tmp_path: Path) -> str:
    return schema.make_sqlite(tmp_path)


@pytest.fixture
def migrated_postgresql(postgres_server: Postgres) -> Iterator[str]:
    name = f"migrated_{next(_numbers)}"
    yield schema.make_postgres(postgres_server, name)
    postgres_server.drop_database(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()
