"""Groups: what shares a transaction, what a poison batch costs the others, and what happens at the bounds."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, select, text

from cloud.ingest.door import Door
from cloud.store.database import Database, open_database
from cloud.store.migrate import upgrade
from cloud.store.tables.batches import undecodable
from cloud.store.tables.sites import gateway
from protocol import codec
from protocol.messages import Batch, Loss, Receipt, Refusal, RefusalCode, RetryAfter, Series
from tests import servers
from tests.cloud.ingest.making import FLOW, GATEWAYS, LEVEL, at, batch, enter_site, make_door, payload, stored
from tests.cloud.ingest.poison import poisoned
from tests.waiting import until_async


def count_transactions(database: Database) -> list[None]:
    """A list that grows with each transaction that does something."""
    begun: list[None] = []
    event.listen(database.engine.sync_engine, "begin", lambda _: begun.append(None))
    return begun


POISON = Loss(id="poison", since=0, until=0, count=1)


async def test_many_batches_share_a_transaction(database: Database, door: Door) -> None:
    transactions = count_transactions(database)
    replies = await asyncio.gather(
        *(door.enter(GATEWAYS[0], payload(batch(number, [(100 - number, 1.0)]))) for number in range(1, 33))
    )
    assert all(isinstance(reply, Receipt) for reply in replies)
    assert len(transactions) <= 3
    assert len((await stored(database))[LEVEL.name]) == 32


async def test_a_poison_batch_is_found_and_its_neighbours_are_stored(database: Database, door: Door) -> None:
    await door.enter(GATEWAYS[0], payload(batch(1, [(200, 1.0)], epoch="another")))
    async with poisoned(database):
        transactions = count_transactions(database)
        replies = await asyncio.gather(
            *(
                door.enter(
                    GATEWAYS[0],
                    payload(batch(number, [(100 - number, 1.0)], losses=[POISON] if number == 11 else [])),
                )
                for number in range(1, 33)
            )
        )
        counted = len(transactions)
    assert [number for number, reply in enumerate(replies, 1) if not isinstance(reply, Receipt)] == [11]
    refusal = replies[10]
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.epoch, refusal.number) == (RefusalCode.UNDECODABLE, "epoch-1", 11)
    assert counted <= 1 + 2 * 5 + 1
    assert len((await stored(database))[LEVEL.name]) == 1 + 31
    async with database.reading() as connection:
        (kept,) = await connection.execute(select(undecodable.c.digest, undecodable.c.cause))
    assert kept.digest == refusal.digest
    assert "poison" in kept.cause


UNDECODABLE = [
    pytest.param(b"", "empty", id="nothing"),
    pytest.param(
        b'{"type": "batch", "epoch": "e", "number": "one"}', "not_a_message", id="a word for a number"
    ),
    pytest.param(b"x\x9c\xff\xff\xff", "broken_zlib", id="broken zlib"),
    pytest.param(codec.compress(b"\x00" * 50_000_000), "too_large", id="a bomb of 50 MB"),
    pytest.param(b"\xc1" * 300_000, "too_large", id="too long"),
    pytest.param(
        codec.encode(RetryAfter(code="busy", after_s=1.0)), "not_upward", id="what only the cloud says"
    ),
    pytest.param(
        codec.encode(Batch(epoch="e", number=1, points=[LEVEL], series=[Series(0, 0, [], 0, [1])] * 10_000)),
        "not_a_message",
        id="10,000 series",
    ),
]


@pytest.mark.parametrize(("raw", "code"), UNDECODABLE)
async def test_what_is_no_batch_is_refused_and_kept(
    database: Database, door: Door, raw: bytes, code: str
) -> None:
    (refusal, receipt) = await asyncio.gather(
        door.enter(GATEWAYS[0], raw), door.enter(GATEWAYS[0], payload(batch(1, [(1, 1.0)])))
    )
    assert isinstance(receipt, Receipt)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.digest) == (RefusalCode.UNDECODABLE, codec.digest(raw))
    assert refusal.reason.startswith(code)
    again = await door.enter(GATEWAYS[0], raw)
    assert again == refusal
    async with database.reading() as connection:
        kept = (await connection.execute(select(undecodable.c.digest, undecodable.c.payload))).all()
    assert [tuple(row) for row in kept] == [(codec.digest(raw), raw[:65_536])]


async def test_an_old_backlog_gets_its_partitions(database: Database, door: Door) -> None:
    old = batch(1, [(minutes, 1.0) for minutes in range(1440 * 700, 1440, -1440)])
    replies: list[object] = []

    async def is_stored() -> bool:
        replies.append(await door.enter(GATEWAYS[0], payload(old)))
        return isinstance(replies[-1], Receipt)

    await until_async(is_stored, 60)
    assert all(isinstance(reply, RetryAfter | Receipt) for reply in replies)
    assert len((await stored(database))[LEVEL.name]) == 699


async def test_a_partition_that_is_gone_is_made_again(database: Database, door: Door) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no partitions")
    assert isinstance(await door.enter(GATEWAYS[0], payload(batch(1, [(3 * 1440, 1.0)]))), Receipt)
    async with database.writing() as connection:
        names = (
            await connection.execute(text("SELECT DISTINCT tableoid::regclass::text FROM reading"))
        ).scalars()
        for name in names.all():
            await connection.execute(text(f"DROP TABLE {name}"))
    assert isinstance(await door.enter(GATEWAYS[0], payload(batch(2, [(3 * 1440, 1.0)]))), Receipt)


async def test_beyond_its_bounds_the_intake_says_later(database: Database, door: Door) -> None:
    large = [Series(place, at(200), [1] * 4_999, 0, [1] * 5_000) for place in (0, 1)]
    messages = [
        Batch(epoch="e", number=number, points=[LEVEL, FLOW], series=large) for number in range(1, 13)
    ]
    replies = await asyncio.gather(*(door.enter(GATEWAYS[0], payload(message)) for message in messages))
    busy = [reply for reply in replies if isinstance(reply, RetryAfter)]
    assert len(busy) == len(messages) - 6
    # No batch is named: the gateway must hold back all of them.
    assert {(reply.code, reply.epoch, reply.number) for reply in busy} == {("busy", "", 0)}
    assert isinstance(await door.enter(GATEWAYS[0], payload(messages[-1])), Receipt)


async def test_contacts_are_noted(database: Database, door: Door) -> None:
    await door.enter(GATEWAYS[0], payload(batch(1)))

    async def contact() -> int | None:
        async with database.reading() as connection:
            found: int | None = await connection.scalar(
                select(gateway.c.last_contact_at).where(gateway.c.id == GATEWAYS[0])
            )
            return found

    await until_async(contact)


async def test_stopping_commits_what_waits_and_takes_no_more(database: Database, site: int) -> None:
    door = await make_door(database)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(door.intake.run())
        taken = tasks.create_task(door.enter(GATEWAYS[0], payload(batch(1, [(1, 1.0)]))))
        await asyncio.sleep(0)
        door.intake.stop()
        late = await door.enter(GATEWAYS[0], payload(batch(2, [(1, 1.0)])))
        async with asyncio.timeout(10):
            await running
    assert isinstance(taken.result(), Receipt)
    assert isinstance(late, RetryAfter)


@pytest.fixture
async def own_postgres() -> AsyncIterator[tuple[servers.Postgres, Database]]:
    """A cluster that a test may kill."""
    with servers.postgres() as server:
        url = server.create_database("evara")
        await upgrade(url)
        database = await open_database(url)
        yield server, database
        await database.close()


async def test_a_database_that_is_killed_opens_the_breaker_and_comes_back(
    own_postgres: tuple[servers.Postgres, Database],
) -> None:
    server, database = own_postgres
    await enter_site(database)
    door = await make_door(database)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(door.intake.run())
        assert isinstance(await door.enter(GATEWAYS[0], payload(batch(1, [(3, 1.0)]))), Receipt)
        server.kill()
        second = payload(batch(2, [(2, 1.0)]))
        reply = await door.enter(GATEWAYS[0], second)
        assert isinstance(reply, RetryAfter)
        assert (reply.code, reply.epoch, reply.number) == ("database", "", 0)
        assert "database" in (door.intake.trouble or "")
        # While the breaker is open the answer comes at once.
        async with asyncio.timeout(0.5):
            assert isinstance(await door.enter(GATEWAYS[0], second), RetryAfter)
            assert isinstance(await door.enter(GATEWAYS[0], b"garbage"), RetryAfter)
        server.start()
        await until_async(lambda: door.intake.trouble is None, 30)
        assert isinstance(await door.enter(GATEWAYS[0], second), Receipt)
        door.intake.stop()
    assert await stored(database) == {LEVEL.name: {at(3): 1.0, at(2): 1.0}}
