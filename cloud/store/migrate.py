"""The schema of both databases, brought up to date by Alembic."""

from pathlib import Path


async def upgrade(database_url: str) -> None:
    """Bring the schema to the newest version; two processes at once wait for each other.

    Raises Unready with the next step where the database is out of reach or newer than this program.
    """
    raise NotImplementedError
