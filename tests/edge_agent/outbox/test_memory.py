"""What the writer remembers of the file is never used where it may be wrong."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.file import Database
from edge_agent.outbox.store import Outbox, open_outbox
from protocol.messages import Lane, Loss
from protocol.reading import Reading
from tests.edge_agent.outbox.contents import look

AT = 1_700_000_000_000


def unreadable(database: Database) -> None:
    """From now on the file can't be read, and this commit fails half-way."""
    database.begin_epoch(AT)
    database.border = database.next_seq + 1000
    database.next_seq += 1000
    database.sql.set_authorizer(lambda *what: sqlite3.SQLITE_DENY)
    database.sql.execute("SELECT 1 FROM reading")


async def fail(outbox: Outbox, work: Callable[[Database], None]) -> None:
    with pytest.raises(OutboxError):
        await outbox._writer.write(work)


async def test_nothing_is_done_from_a_memory_that_could_not_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    async with open_outbox(path) as outbox:
        epoch = outbox.epoch
        await outbox.append("s", [Reading("d/m", AT, 1.0)])
        await fail(outbox, unreadable)
        with pytest.raises(OutboxError):
            await outbox.append("s", [Reading("d/m", AT + 1, 1.0)])
        with pytest.raises(OutboxError):
            await outbox.next_number()
        outbox._database.sql.set_authorizer(None)
        await outbox.append("s", [Reading("d/m", AT + 2, 1.0)])
        assert outbox.epoch == epoch
        sealed = await outbox.seal(Lane.LIVE, 1)
        assert sealed is not None
        assert (sealed.epoch, sealed.number) == (epoch, 1)
        assert look(path).readings.keys() == {("d/m", AT), ("d/m", AT + 2)}
        assert (await outbox.queue()).backlog == 1


async def test_only_transitions_and_losses_are_news(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        seen = await outbox.wait_for_events()
        await outbox.append("s", [Reading("d/m", AT, 1.0)])
        await outbox.record_loss(Loss(id="l", since=AT, until=AT, count=1))
        async with asyncio.timeout(5):
            assert await outbox.wait_for_events(seen) == seen + 1
