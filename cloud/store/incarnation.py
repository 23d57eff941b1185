"""Which database this is: a UUID made with it. A restored copy keeps it, a new one has another."""

from uuid import uuid4

from sqlalchemy import select

from cloud.store.database import Database, insert_new
from cloud.store.tables.schema import fact


async def incarnation(database: Database) -> str:
    """The incarnation of this database, made at the first call."""
    async with database.writing() as connection:
        await insert_new(connection, fact, [{"name": "incarnation", "value": str(uuid4())}])
        found = await connection.execute(select(fact.c.value).where(fact.c.name == "incarnation"))
        value: str = found.scalar_one()
        return value
