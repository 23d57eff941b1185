"""What accept() makes of content: nothing bad refuses a batch, and what comes with readings is single too."""

from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from cloud.store.database import Database
from cloud.store.history import BUCKET_MS
from cloud.store.partitions import Partitions
from cloud.store.points import OWNED_AT_LEAST_MS, PointIds
from cloud.store.tables.batches import ledger, loss, rejected, transition
from cloud.store.tables.readings import dirty_bucket, thinned
from cloud.store.tables.sites import gateway, point, point_owner
from protocol import codec
from protocol.messages import (
    Batch,
    Loss,
    Receipt,
    RetryAfter,
    Series,
    Thinned,
    Transition,
)
from protocol.reading import EARLIEST_AT, LATEST_AT, Point, Quality
from tests.cloud.ingest.making import FLOW, GATEWAYS, LEVEL, NOW, at, batch, commit, latest_of, rows, stored
from tests.cloud.ingest.poison import poisoned

DAY_MS = 86_400_000


async def test_bad_readings_are_rejected_by_place_and_the_others_stored(
    database: Database, site: int
) -> None:
    points = [LEVEL, Point("no-metric"), FLOW]
    bad = Batch(
        epoch="epoch-1",
        number=1,
        points=points,
        series=[
            Series(0, at(3), [60_000], None, [1.0, float("nan")]),
            Series(1, at(3), [], None, [1.0]),
            Series(7, at(3), [], None, [1.0]),
            Series(2, 0, [at(1), 0], None, [1.0, 2.0, None]),
            Series(2, 2**62, [2**62], None, [1.0, 2.0]),
        ],
        thinned=[
            Thinned(7, at(9), at(8), 1.0, 1.5, 2.0, 3),
            Thinned(0, at(9), at(8), 1.0, 1.5, 2.0, 3),
        ],
    )
    (receipt,) = (await commit(database, bad)).answers
    assert isinstance(receipt, Receipt)
    assert receipt.rejected == [
        (1, "not_finite"),
        (2, "bad_point_name"),
        (3, "no_such_series"),
        (4, "time_out_of_range"),
        (6, "no_value"),
        (7, "time_out_of_range"),
        (8, "time_out_of_range"),
        (9, "no_such_series"),
    ]
    assert await stored(database) == {LEVEL.name: {at(3): 1.0}, FLOW.name: {at(1): 2.0}}
    assert len(await rows(database, rejected)) == 8
    assert len(await rows(database, thinned)) == 1


async def test_every_century_end_is_taken(database: Database, site: int) -> None:

    await Partitions(database).ensure({EARLIEST_AT // DAY_MS, (LATEST_AT - 1) // DAY_MS}, NOW)
    edges = Batch(
        epoch="e",
        number=1,
        points=[LEVEL],
        series=[Series(0, EARLIEST_AT, [LATEST_AT - 1 - EARLIEST_AT], 0, [1, 1])],
    )
    (receipt,) = (await commit(database, edges)).answers
    assert isinstance(receipt, Receipt)
    assert receipt.rejected == []
    assert (await latest_of(database))[0] == EARLIEST_AT


async def test_events_are_single_by_their_id(database: Database, site: int) -> None:
    events: dict[str, Any] = {
        "transitions": [
            Transition(
                id="t1",
                alert="a",
                rule="r",
                rule_version=1,
                point=LEVEL.name,
                state="firing",
                at=at(1),
                learned_at=at(1),
                value=None,
            )
        ],
        "losses": [Loss(id="l1", since=at(9), until=at(8), count=3, reason="full disk")],
    }
    await commit(database, batch(1, **events))
    await commit(database, batch(1, epoch="epoch-2", **events))
    assert len(await rows(database, transition)) == 1
    assert [row[0] for row in await rows(database, loss, loss.c.count)] == [3]


async def test_touched_buckets_are_dirty(database: Database, site: int) -> None:
    await commit(database, batch(1, [(40, 1.0), (39, 1.0), (1, 1.0)]))
    await commit(database, batch(2, [(0.5, 1.0)]))
    since = {row[0] for row in await rows(database, dirty_bucket, dirty_bucket.c.since)}
    assert since == {at(minutes) // BUCKET_MS * BUCKET_MS for minutes in (40, 39, 1, 0.5)}


async def test_a_revoked_gateway_gets_no_answer_and_an_unknown_one_is_told_to_wait(
    database: Database, site: int
) -> None:
    async with database.writing() as connection:
        await connection.execute(update(gateway).where(gateway.c.id == GATEWAYS[0]).values(revoked_at=NOW))
    assert (await commit(database, batch(1, [(1, 1.0)]))).answers == [None]
    (later,) = (await commit(database, batch(1, [(1, 1.0)]), gateway="nobody-0000")).answers
    assert isinstance(later, RetryAfter)
    assert await stored(database) == {}


async def test_a_point_belongs_to_the_gateway_that_sends_it(database: Database, site: int) -> None:
    ids = PointIds()
    await commit(database, batch(1, [(2, 1.0)]), ids=ids)
    await commit(database, batch(1, [(1, 1.0)]), gateway=GATEWAYS[1], now=NOW + 1, ids=ids)
    owners = [point_owner.c.gateway_id, point_owner.c.since, point_owner.c.until]
    assert await rows(database, point_owner, *owners) == [(GATEWAYS[0], NOW, None)]
    later = NOW + OWNED_AT_LEAST_MS
    await commit(database, batch(2, [(0, 1.0)]), gateway=GATEWAYS[1], now=later, ids=ids)
    assert sorted(await rows(database, point_owner, *owners), key=str) == [
        (GATEWAYS[0], NOW, later),
        (GATEWAYS[1], later, None),
    ]


async def test_a_unit_that_changes_is_taken_over_and_one_left_out_is_not(
    database: Database, site: int
) -> None:
    ids = PointIds()
    await commit(database, batch(1, [(3, 1.0)], points=[Point(LEVEL.name)]), ids=ids)
    await commit(database, batch(2, [(2, 1.0)]), ids=ids)
    await commit(database, batch(3, [(1, 1.0)], points=[Point(LEVEL.name)]), ids=ids)
    assert await rows(database, point, point.c.unit, point.c.interval_s) == [("m", 60.0)]


async def test_a_failed_group_leaves_nothing_behind(database: Database, site: int) -> None:

    ids = PointIds()
    bad = batch(2, [(0.5, 1.0)], losses=[Loss(id="poison", since=0, until=0, count=1)])
    async with poisoned(database):
        with pytest.raises(DBAPIError, match="poison"):
            await commit(database, batch(1, [(1, 1.0)]), bad, ids=ids)
    assert await rows(database, ledger) == []
    assert await stored(database) == {}
    # Ids of points that were rolled back with it must not be remembered.
    await commit(database, batch(1, [(1, 1.0)]), ids=ids)
    assert await stored(database) == {LEVEL.name: {at(1): 1.0}}


async def test_quality_flags_are_stored(database: Database, site: int) -> None:
    await commit(database, batch(1, [(1, None)]))
    assert (await latest_of(database))[:3] == (at(1), None, int(Quality.FAULT))


async def test_the_digest_of_a_page_is_that_of_the_body(database: Database, site: int) -> None:
    message = batch(1, [(1, 1.0)])
    (receipt,) = (await commit(database, message)).answers
    assert isinstance(receipt, Receipt)
    assert receipt.digest == codec.digest(codec.encode(message))


async def test_the_ledger_stays_small(database: Database, site: int) -> None:

    for number in range(1, 200):
        await commit(database, batch(number))
    async with database.reading() as connection:
        assert await connection.scalar(select(func.length(ledger.c.digests))) == 64 * 24
        assert await connection.scalar(select(func.count()).select_from(ledger)) == 1
