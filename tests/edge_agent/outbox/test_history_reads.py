"""What the door answers from the outbox is what it answers from memory: the same cases, byte for byte."""

from pathlib import Path

import pytest

from edge_agent.outbox.store import open_outbox
from firmware_bridge.history import Draft
from firmware_bridge.refine.stage import Stage
from tests.firmware_bridge.door_reads import CASES, CREATED_AT, answered, entries


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_case(case: Path, tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "outbox.db", now=lambda: CREATED_AT) as outbox:
        history = outbox.history("door", Stage({}), _nothing)
        kept = entries(case)
        drafts = [Draft(entry=entry, has_own_time=True) for entry in kept]
        assert await history.keep(drafts) == [entry.id for entry in kept]
        assert await answered(case, history) == (case / "expected.txt").read_bytes()


async def _nothing() -> None:
    pass
