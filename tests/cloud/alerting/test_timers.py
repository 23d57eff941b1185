"""A timer fires once, whoever looks, however many do, and whatever dies in between."""

import asyncio

from cloud.store import timers
from cloud.store.database import Database, open_database
from cloud.store.tables.alerting import timer
from cloud.store.timers import CLAIM_MS, Timer
from tests.cloud.ingest.making import NOW, rows

KIND = ("decide",)
ONE = Timer("decide", "1 7", 1, NOW)


async def start(database: Database, one: Timer) -> None:
    async with database.writing() as connection:
        await timers.start(connection, one)


async def claim(database: Database, worker: str, now: int = NOW) -> list[Timer]:
    return await database.write(lambda connection: timers.claim(connection, worker, KIND, now))


async def finish(database: Database, worker: str, one: Timer) -> bool:
    return await database.write(lambda connection: timers.finish(connection, worker, one))


async def test_it_is_not_claimed_before_its_time(database: Database, site: int) -> None:
    await start(database, ONE)
    assert await claim(database, "w", NOW - 1) == []
    assert await claim(database, "w") == [ONE]
    assert await finish(database, "w", ONE)
    assert await rows(database, timer) == []


async def test_of_many_processes_each_timer_is_one_s(
    database: Database, database_url: str, site: int
) -> None:
    for place in range(40):
        await start(database, Timer("decide", f"1 {place}", 1, NOW))
    other = await open_database(database_url)
    try:
        claimed = await asyncio.gather(
            *(claim((database, other)[place % 2], f"worker {place}") for place in range(6))
        )
    finally:
        await other.close()
    taken = [one.subject for some in claimed for one in some]
    assert len(taken) == len(set(taken))


async def test_who_dies_with_a_claim_loses_it(database: Database, site: int) -> None:
    await start(database, ONE)
    await claim(database, "dead")
    assert await claim(database, "w", NOW + CLAIM_MS - 1) == []
    assert await claim(database, "w", NOW + CLAIM_MS) == [ONE]
    assert not await finish(database, "dead", ONE)
    assert await finish(database, "w", ONE)


async def test_one_that_moves_while_somebody_is_at_it_fires_at_its_new_time(
    database: Database, site: int
) -> None:
    await start(database, ONE)
    await claim(database, "w")
    later = Timer(ONE.kind, ONE.subject, 1, NOW + 60_000)
    await start(database, later)
    assert not await finish(database, "w", ONE)
    assert await claim(database, "w", NOW + 60_000) == [later]


async def test_sooner_wins(database: Database, site: int) -> None:
    async with database.writing() as connection:
        for due in (NOW + 9, NOW + 5, NOW + 7):
            await timers.start_sooner(connection, Timer(ONE.kind, ONE.subject, 1, due))
    assert [one.due_at for one in await claim(database, "w", NOW + 10)] == [NOW + 5]
