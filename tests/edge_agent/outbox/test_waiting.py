"""What waits in the outbox: calls while a card stalls, and events, also such as can't be read."""

import asyncio
import threading
from pathlib import Path

import pytest

from edge_agent.outbox import events
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.file import Database
from edge_agent.outbox.store import open_outbox
from edge_agent.outbox.writer import WAITING_READINGS
from protocol.messages import Lane, Loss
from protocol.reading import Reading
from tests.edge_agent.outbox.contents import decode

AT = 1_700_000_000_000


async def test_while_the_card_stalls_what_waits_is_bounded_and_what_was_taken_is_kept(tmp_path: Path) -> None:
    goes_on = threading.Event()
    async with open_outbox(tmp_path / "o.db") as outbox, asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.look(lambda _: goes_on.wait(30)))
        readings = [Reading("d/m", AT + n, n / 7) for n in range(WAITING_READINGS // 4)]
        taken = [tasks.create_task(outbox.append("s", readings, str(n))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(OutboxError, match="slow: too much waits"):
            await outbox.append("s", readings)
        await outbox.note("trouble", "is not worth an error")
        goes_on.set()
        await asyncio.gather(*taken)
        await outbox.append("s", readings)
    assert read_facts(tmp_path / "o.db", AT).queue.readings == 4 * len(readings)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_wrong_statement_is_heard_by_all_that_wait(tmp_path: Path) -> None:
    def wrong(database: Database) -> object:
        return database.sql.execute("SELECT ?", ())

    async with open_outbox(tmp_path / "o.db") as outbox, asyncio.timeout(10):
        late = outbox.append("s", [Reading("d/m", AT, 1.0)], waiting=False)
        answers = await asyncio.gather(late, outbox.look(wrong), return_exceptions=True)
        assert [type(answer).__name__ for answer in answers] == ["ProgrammingError"] * 2


async def test_an_event_that_can_not_be_read_is_listed_and_holds_up_no_other(tmp_path: Path) -> None:
    """Written by another version, or torn by the card."""

    def tear(database: Database) -> None:
        for n in range(3):
            database.sql.execute(
                "INSERT INTO event (kind, body, alone) VALUES ('transition', ?, ?)", (b"\xc1", n == 0)
            )
        events.record_loss(database, Loss(id="l", since=AT, until=AT, count=1))

    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.change(tear)
        sealed = await outbox.seal(Lane.ALERT)
        assert sealed is not None
        assert [one.id for one in decode(sealed.body).losses] == ["l"]
        assert await outbox.seal(Lane.ALERT) is None
    (found,) = read_facts(tmp_path / "o.db", AT).rejects
    assert (found.source, found.count, found.text) == ("outbox", 3, "c1")
