"""The migrations make exactly the tables that the code knows, on both databases."""

import asyncio

import pytest
from alembic import command
from sqlalchemy import text

from cloud.errors import Unready
from cloud.store.database import Database
from cloud.store.migrate import configuration, upgrade


async def test_the_migrated_schema_is_the_schema_of_the_code(database: Database) -> None:
    async with database.writing() as connection:
        # Raises where autogenerate finds a difference.
        await connection.run_sync(lambda plain: command.check(configuration(plain)))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


async def test_several_processes_may_upgrade_at_once(empty_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_url) for _ in range(8)))


async def test_upgrading_again_changes_nothing(empty_url: str) -> None:
    await upgrade(empty_url)
    await upgrade(empty_url)


async def test_a_database_of_a_newer_program_is_refused(database: Database, database_url: str) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unready, match="newer"):
        await upgrade(database_url)
