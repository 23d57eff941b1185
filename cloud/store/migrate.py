"""The schema of both databases, brought up to date by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from cloud.errors import Unready
from cloud.store.database import open_database

_LOCK = 0x65766172  # one migration at a time on a PostgreSQL database


async def upgrade(database_url: str) -> None:
    """Bring the schema to the newest version; two processes at once wait for each other.

    Raises Unready with the next step where the database is out of reach or newer than this program.
    """
    database = await open_database(database_url, pool=1)
    try:
        # One transaction: SQLite's is BEGIN IMMEDIATE, and so is the lock.
        async with database.writing() as connection:
            if not database.is_sqlite:
                await connection.execute(text("SET LOCAL lock_timeout = '5min'"))
                await connection.execute(text("SET LOCAL statement_timeout = '10min'"))
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(_upgrade)
    except CommandError as error:
        raise Unready(
            f"the database can't be brought up to date: {error}; run the newer evara-cloud"
        ) from error
    finally:
        await database.close()


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")
