"""Two processes' worth of workers over the same points and gateways, in opposite order: no group is lost."""

import asyncio

import pytest
from structlog.testing import capture_logs

from cloud.ingest.commit import Outcome, accept
from cloud.store.database import Database, open_database
from cloud.store.points import PointIds
from protocol.messages import Receipt
from protocol.reading import Point
from tests.cloud.ingest.making import GATEWAYS, NOW, arrived, batch, stored

POINTS = [Point(f"tank-{number}/level", "m", 60.0) for number in range(8)]


async def test_opposite_order_deadlocks_nobody(database: Database, database_url: str, site: int) -> None:
    other = await open_database(database_url)
    try:
        with capture_logs() as logs:
            await asyncio.gather(_work(database, forward=True), _work(other, forward=False))
    finally:
        await other.close()
    assert [line for line in logs if line["event"] == "transaction retried"] == []
    found = await stored(database)
    assert {name: len(rows) for name, rows in found.items()} == {point.name: 20 for point in POINTS}


async def test_the_same_batches_through_two_workers_are_counted_once(
    database: Database, database_url: str, site: int
) -> None:
    other = await open_database(database_url)
    group = [arrived(batch(number, [(50 - number, float(number))])) for number in range(1, 21)]
    try:
        outcomes: list[Outcome] = await asyncio.gather(
            *(
                accept(one, PointIds(), "i", some, NOW)
                for one, some in (
                    (database, group),
                    (other, group[::-1]),
                    (database, group[5:]),
                    (other, group),
                )
            )
        )
    finally:
        await other.close()
    assert all(isinstance(answer, Receipt) for outcome in outcomes for answer in outcome.answers)
    assert len((await stored(database))["oht-1/level"]) == 20


async def _work(database: Database, forward: bool) -> None:
    """Twenty groups of both gateways, each with every point; epochs differ by worker, readings don't."""
    ids = PointIds()
    gateways = GATEWAYS if forward else GATEWAYS[::-1]
    points = POINTS if forward else POINTS[::-1]
    for number in range(1, 21):
        group = [
            arrived(batch(number * 10 + place, [(100 - number, 1.0)], f"worker-{forward}", [point]), gateway)
            for place, point in enumerate(points)
            for gateway in gateways
        ]
        outcome = await accept(database, ids, "i", group, NOW)
        assert all(isinstance(answer, Receipt) for answer in outcome.answers)


pytestmark = pytest.mark.timeout(180)
