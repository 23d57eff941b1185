"""What the outbox does when the cloud refuses, forgets, or speaks of an epoch that is over."""

import sqlite3
from contextlib import closing
from pathlib import Path

from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.store import open_outbox
from protocol.messages import Lane
from tests.edge_agent.outbox.contents import decode, readings_of
from tests.edge_agent.outbox.test_store import AT, park, readings, receipt, sealed_or_fail


async def test_a_parked_batch_does_not_hold_the_mark_back(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.seal(Lane.LIVE)
        await outbox.append("s", readings(*range(9)))
        await sealed_or_fail(outbox, Lane.LIVE, 1)
        first, second, third = [await sealed_or_fail(outbox, Lane.BACKLOG, 1) for _ in range(3)]
        await outbox.settle([receipt(first), receipt(third)])
        await park(outbox, second)
        for number in (1, 2):
            sealed = await sealed_or_fail(outbox, Lane.BACKLOG, 1)
            assert sealed.number == number
            await outbox.settle([receipt(sealed)])
        assert await outbox.settled_mark() == 2


async def test_a_batch_of_an_epoch_that_is_over_is_parked_without_a_new_one(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(1, 2))
        first, second = [
            await sealed_or_fail(outbox, Lane.LIVE, 1),
            await sealed_or_fail(outbox, Lane.BACKLOG),
        ]
        await park(outbox, first)
        epoch = outbox.epoch
        await park(outbox, second)
        assert outbox.epoch == epoch


async def test_whose_receipts_count_is_committed_with_the_resend(tmp_path: Path) -> None:
    """A kill between the two would send everything again, at every start, or never."""
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.resend_from(0, "cloud-2")
        with closing(sqlite3.connect(tmp_path / "o.db")) as sql:
            assert sql.execute("SELECT name, value FROM note").fetchall() == [("incarnation", "cloud-2")]


async def test_one_stale_batch_is_sealed_again_alone(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(1, 2, 3))
        sealed = await sealed_or_fail(outbox, Lane.LIVE)
        await outbox.settle([receipt(sealed)])
        await outbox.resend_from(0, "cloud")
        epoch = outbox.epoch
        again = await sealed_or_fail(outbox, Lane.BACKLOG)
        assert again == sealed
        anew = await outbox.reseal_one(sealed.epoch, sealed.number)
        assert anew is not None
        assert (anew.epoch, anew.number) == (epoch, 1)
        assert (decode(anew.body).epoch, decode(anew.body).number) == (epoch, 1)
        assert readings_of(anew.body) == readings(1, 2, 3)
        assert await outbox.unsettled() == [anew]
        assert await outbox.reseal_one(sealed.epoch, sealed.number) is None


async def test_what_is_rejected_again_is_not_counted_again(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(1, 2, 3))
        sealed = await sealed_or_fail(outbox, Lane.LIVE)
        for _ in range(2):
            await outbox.settle([receipt(sealed, rejected=[(1, "time_outside")])])
            await outbox.resend_from(0, "cloud")
            assert await outbox.seal(Lane.BACKLOG) == sealed
        assert [fact.count for fact in read_facts(tmp_path / "o.db", AT).rejects] == [1]
