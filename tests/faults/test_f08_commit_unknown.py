"""F08: the database commits, the answer is lost and the connection broken: nobody knows whether it did."""

import pytest

from tests.faults.case import Form, case
from tests.faults.forms import LINKED
from tests.faults.run import RUNS, Run
from tests.framing import postgres_messages
from tests.proxy import Way
from tests.waiting import until_async

LOST_COMMITS = 5  # each round
COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"  # PostgreSQL's CommandComplete


@pytest.mark.parametrize("form", [LINKED])
@pytest.mark.parametrize("run", RUNS)
async def test_the_answer_to_a_commit_is_lost(form: Form, run: Run) -> None:
    async with case(form, run) as one:
        link = one.system.database_link
        assert link is not None
        left = [one.chance.randint(1, run.passages) for _ in range(LOST_COMMITS * run.rounds)]

        def keep(message: bytes) -> bool:
            if message != COMMITTED or not left:
                return True
            left[0] -= 1
            if left[0] > 0:
                return True
            left.pop(0)
            link.reset()
            return False

        async with one.load():
            await one.until_under_way()
            link.keep_if(keep, Way.DOWN, postgres_messages)
            await until_async(lambda: not left, 60, "every commit's answer was lost")
            await one.until_back(10)
        await one.judge()
        assert link.dropped[Way.DOWN] == LOST_COMMITS * run.rounds
