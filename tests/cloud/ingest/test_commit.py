"""What accept() counts: every reading once, the first value stays, the latest never goes back."""

from cloud.store.database import Database
from cloud.store.tables.readings import conflicting
from protocol.messages import (
    Receipt,
    Refusal,
    RefusalCode,
)
from tests.cloud.ingest.making import LEVEL, NOW, at, batch, commit, latest_of, rows, stored

DAY_MS = 86_400_000


async def test_a_new_batch_is_stored_and_receipted(database: Database, site: int) -> None:
    outcome = await commit(database, batch(1, [(2, 1.5), (1, 1.6)]))
    (receipt,) = outcome.answers
    assert isinstance(receipt, Receipt)
    assert (receipt.number, receipt.mark, receipt.server_time) == (1, 1, NOW)
    assert await stored(database) == {LEVEL.name: {at(2): 1.5, at(1): 1.6}}
    assert await latest_of(database) == (at(1), 1.6, 0, NOW)
    assert outcome.sites[site].latest != {}


async def test_a_resent_batch_is_receipted_again_and_stored_once(database: Database, site: int) -> None:
    first, again = batch(1, [(2, 1.5)]), batch(1, [(2, 1.5)])
    await commit(database, first)
    outcome = await commit(database, again, again, batch(2, [(1, 1.6)]))
    assert [isinstance(answer, Receipt) for answer in outcome.answers] == [True, True, True]
    assert await stored(database) == {LEVEL.name: {at(2): 1.5, at(1): 1.6}}


async def test_a_number_with_other_content_is_a_conflict(database: Database, site: int) -> None:
    await commit(database, batch(1, [(2, 1.5)]))
    (refusal,) = (await commit(database, batch(1, [(2, 7.0)]))).answers
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.CONFLICT
    assert await stored(database) == {LEVEL.name: {at(2): 1.5}}


async def test_a_settled_number_whose_content_is_forgotten_is_stale(database: Database, site: int) -> None:
    await commit(database, *(batch(number, [(200 - number, 1.0)]) for number in range(1, 100)))
    (refusal,) = (await commit(database, batch(1, [(199, 1.0)]))).answers
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.mark) == (RefusalCode.STALE, 99)


async def test_the_same_readings_in_a_new_epoch_are_no_news(database: Database, site: int) -> None:
    await commit(database, batch(1, [(3, 1.0), (2, 2.0)]))
    (receipt,) = (await commit(database, batch(1, [(3, 1.0), (2, 2.0), (1, 3.0)], epoch="epoch-2"))).answers
    assert isinstance(receipt, Receipt)
    assert receipt.conflicting == 0
    assert await stored(database) == {LEVEL.name: {at(3): 1.0, at(2): 2.0, at(1): 3.0}}


async def test_the_first_value_stays_and_another_is_kept_aside(database: Database, site: int) -> None:
    await commit(database, batch(1, [(3, 1.0), (2, None)]))
    (receipt,) = (await commit(database, batch(2, [(3, 9.0), (2, 8.0), (1, 3.0)]))).answers
    assert isinstance(receipt, Receipt)
    assert receipt.conflicting == 2
    assert await stored(database) == {LEVEL.name: {at(3): 1.0, at(2): None, at(1): 3.0}}
    kept = await rows(database, conflicting, conflicting.c.at, conflicting.c.value, conflicting.c.number)
    assert sorted(kept) == [(at(3), 9.0, 2), (at(2), 8.0, 2)]


async def test_batches_of_one_group_may_overlap(database: Database, site: int) -> None:
    outcome = await commit(
        database,
        batch(1, [(3, 1.0), (2, 2.0)]),
        batch(2, [(2, 2.0), (1, 3.0)]),
        batch(3, [(2, 5.0), (5, 0.5)]),
    )
    assert [answer.conflicting for answer in outcome.answers if isinstance(answer, Receipt)] == [0, 0, 1]
    assert await stored(database) == {LEVEL.name: {at(5): 0.5, at(3): 1.0, at(2): 2.0, at(1): 3.0}}


async def test_a_time_twice_in_one_series_is_stored_once(database: Database, site: int) -> None:
    (receipt,) = (await commit(database, batch(1, [(2, 1.0), (2, 1.0), (2, 4.0), (3, 2.0)]))).answers
    assert isinstance(receipt, Receipt)
    assert receipt.conflicting == 1
    assert await stored(database) == {LEVEL.name: {at(2): 1.0, at(3): 2.0}}


async def test_older_readings_are_stored_and_never_the_latest(database: Database, site: int) -> None:
    await commit(database, batch(1, [(1, 5.0)]))
    outcome = await commit(database, batch(2, [(600, 1.0), (300, 2.0)]), now=NOW + 1)
    assert await latest_of(database) == (at(1), 5.0, 0, NOW)
    assert outcome.sites[site].latest == {}
    assert (outcome.sites[site].late_from, outcome.sites[site].late_to) == (at(600), at(300))


async def test_a_gap_between_stored_readings_is_filled(database: Database, site: int) -> None:
    await commit(database, batch(1, [(10, 1.0), (1, 5.0)]))
    await commit(database, batch(2, [(7, 2.0), (6, 3.0)]))
    await commit(database, batch(3, [(8, 9.0), (7, 2.0), (5, 4.0)]))
    assert len((await stored(database))[LEVEL.name]) == 6


async def test_a_reading_from_the_future_is_marked_and_not_the_latest(database: Database, site: int) -> None:
    await commit(database, batch(1, [(1, 5.0), (-60, 6.0)]))
    assert (await latest_of(database))[:2] == (at(1), 5.0)
    await commit(database, batch(2, [(-59, 7.0), (0.5, 5.5), (-4, 5.6)]))
    assert (await latest_of(database))[:2] == (at(-4), 5.6)
    assert len((await stored(database))[LEVEL.name]) == 5
    await commit(database, batch(3, [(-120, 8.0)]))
    assert (await latest_of(database))[:2] == (at(-4), 5.6)
