"""A database that can't store one thing: a loss with the id `poison`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from cloud.store.database import Database

_SQLITE = """CREATE TRIGGER poison BEFORE INSERT ON loss WHEN NEW.id = 'poison'
    BEGIN SELECT RAISE(ABORT, 'poison'); END"""


@asynccontextmanager
async def poisoned(database: Database) -> AsyncIterator[None]:
    async with database.writing() as connection:
        if database.is_sqlite:
            await connection.execute(text(_SQLITE))
        else:
            await connection.execute(text("ALTER TABLE loss ADD CONSTRAINT poison CHECK (id <> 'poison')"))
    try:
        yield
    finally:
        async with database.writing() as connection:
            if database.is_sqlite:
                await connection.execute(text("DROP TRIGGER poison"))
            else:
                await connection.execute(text("ALTER TABLE loss DROP CONSTRAINT poison"))
