"""Days around now, months far from it, and no more than a few at once."""

from datetime import date

from sqlalchemy import text

from cloud.store.database import Database, open_database
from cloud.store.partitions import AHEAD, AT_ONCE, DAY_MS, Partitions
from protocol.reading import EARLIEST_AT, LATEST_AT

NOW = 1_795_600_000_000  # 2026-11-25
TODAY = NOW // DAY_MS


_NAMES = text(
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'reading'::regclass ORDER BY 1"
)


async def names(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(_NAMES)).scalars())


def day(year: int, month: int, of_month: int) -> int:
    return (date(year, month, of_month) - date(1970, 1, 1)).days


async def test_the_next_days_are_made_ahead_once(migrated_postgresql: str) -> None:
    database = await open_database(migrated_postgresql)
    for partitions in (Partitions(database), Partitions(database)):
        await partitions.make_ahead(NOW)
        assert not partitions.missing(range(TODAY, TODAY + AHEAD + 1))
    found = await names(database)
    await database.close()
    assert found == [f"reading_2026_11_{number}" for number in range(25, 29)]


async def test_far_from_now_months_are_made(migrated_postgresql: str) -> None:
    database = await open_database(migrated_postgresql)
    partitions = Partitions(database)
    await partitions.ensure([EARLIEST_AT // DAY_MS, day(2020, 2, 29), (LATEST_AT - 1) // DAY_MS], NOW)
    assert not partitions.missing([day(2000, 1, 31), day(2020, 2, 1), day(2099, 12, 1)])
    found = await names(database)
    await database.close()
    assert found == ["reading_2000_01", "reading_2020_02", "reading_2099_12"]


async def test_a_month_that_has_days_gets_more_days(migrated_postgresql: str) -> None:
    database = await open_database(migrated_postgresql)
    partitions = Partitions(database)
    edge = TODAY - 400
    await partitions.ensure([edge], NOW)
    await partitions.ensure([edge - 1], NOW)
    found = await names(database)
    await database.close()
    assert len(found) == 2
    assert all(name.count("_") == 3 for name in found)


async def test_a_month_of_the_future_stays_one_when_its_time_comes(migrated_postgresql: str) -> None:
    database = await open_database(migrated_postgresql)
    partitions = Partitions(database)
    await partitions.ensure([day(2027, 6, 15)], NOW)
    later = day(2027, 6, 1) * DAY_MS
    await Partitions(database).make_ahead(later)
    found = await names(database)
    await database.close()
    assert found == ["reading_2027_06"]


async def test_many_are_made_in_several_steps(migrated_postgresql: str) -> None:
    database = await open_database(migrated_postgresql)
    partitions = Partitions(database)
    days = range(TODAY - AT_ONCE - 1, TODAY + 1)
    assert not await partitions.ensure(days, NOW)
    assert await partitions.ensure(days, NOW)
    await database.close()


async def test_sqlite_has_none(migrated_sqlite: str) -> None:
    database = await open_database(migrated_sqlite)
    assert await Partitions(database).ensure([0], NOW)
    await database.close()
