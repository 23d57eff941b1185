"""A database with the whole schema, once on SQLite and once on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from cloud.store.database import Database, open_database
from cloud.store.migrate import upgrade


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await upgrade(database_url)
    opened = await open_database(database_url)
    yield opened
    await opened.close()
