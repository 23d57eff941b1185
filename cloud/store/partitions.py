"""The partitions of `reading` on PostgreSQL: by day around now, by month far from it. SQLite has none.

Days alone would be 36,500 partitions once a gateway with a broken clock has been through the century.
A month that was made so stays one, also when its time comes.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.database import Database

DAY_MS = 86_400_000
AHEAD = 3  # days made before they come
AT_ONCE = 100  # partitions made in one transaction: each takes a few milliseconds, and locks

# A gateway that was away for a season comes back into days.
_DAYS_BACK = 400
_DAYS_ON = 40

_LOCK = 0x65766170
_NAMES = text("""
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'reading'::regclass""")


class Partitions:
    """Which days have a partition, as this process last saw it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: set[str] = set()

    async def make_ahead(self, now: int) -> None:
        """Make today's and the next days'; call at start and then hourly."""
        today = now // DAY_MS
        await self.ensure(range(today, today + AHEAD + 1), now)

    def missing(self, days: Iterable[int]) -> list[int]:
        """Those of `days` (whole days since 1970, UTC) that no partition is known for."""
        if self._database.is_sqlite:
            return []
        return sorted(day for day in days if not _covers(self._names, _date(day)))

    async def ensure(self, days: Collection[int], now: int) -> bool:
        """Make what is missing, at most AT_ONCE; False if some is still missing then."""
        wanted = self.missing(days)
        if not wanted:
            return True
        async with self._database.writing() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            names = set((await connection.execute(_NAMES)).scalars())
            for name, since, until in _plan(names, wanted, now // DAY_MS):
                await _make(connection, name, since, until)
                names.add(name)
        self._names = names
        return not self.missing(days)

    def forget(self) -> None:
        """Look again the next time: a partition that was known is gone."""
        self._names = set()


def _plan(names: Collection[str], days: Iterable[int], today: int) -> list[tuple[str, date, date]]:
    """Name, start and end of the partitions to make, oldest first."""
    made = set(names)
    plan: list[tuple[str, date, date]] = []
    for day in map(_date, days):
        if len(plan) == AT_ONCE:
            break
        if _covers(made, day):
            continue
        near = _date(today - _DAYS_BACK) <= day <= _date(today + _DAYS_ON)
        # A month that has days already can only get more days.
        if near or any(name.startswith(f"{_month(day)}_") for name in made):
            plan.append((_day(day), day, day + timedelta(days=1)))
        else:
            first = day.replace(day=1)
            plan.append((_month(day), first, (first + timedelta(days=32)).replace(day=1)))
        made.add(plan[-1][0])
    return plan


def _covers(names: Collection[str], day: date) -> bool:
    return _day(day) in names or _month(day) in names


def _day(day: date) -> str:
    return f"reading_{day:%Y_%m_%d}"


def _month(day: date) -> str:
    return f"reading_{day:%Y_%m}"


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


async def _make(connection: AsyncConnection, name: str, since: date, until: date) -> None:
    """Made aside and then attached: that lock lets readings pass, the one of PARTITION OF does not."""
    await connection.execute(text(f"CREATE TABLE {name} (LIKE reading INCLUDING ALL)"))
    await connection.execute(
        text(
            f"ALTER TABLE reading ATTACH PARTITION {name} "
            f"FOR VALUES FROM ({_milliseconds(since)}) TO ({_milliseconds(until)})"
        )
    )


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
