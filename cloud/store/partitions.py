"""The partitions of `reading` on PostgreSQL, by day, and by month far from now. SQLite has none."""

from cloud.store.database import Database


class Partitions:
    """Which times have a partition, as this process last saw it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_ahead(self, now: int) -> None:
        """Make today's and the next three days'; call at start and then hourly."""
        raise NotImplementedError
