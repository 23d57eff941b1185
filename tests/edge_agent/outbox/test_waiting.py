"""Calls that wait for a card that stalls: they are bounded, and each has its answer."""

import asyncio
import threading
from pathlib import Path

import pytest

from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.file import Database
from edge_agent.outbox.store import open_outbox
from edge_agent.outbox.writer import WAITING_READINGS
from protocol.reading import Reading

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
