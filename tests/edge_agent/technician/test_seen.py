"""Acknowledging at the gateway, with and without an agent on the outbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.facts import read_facts
from edge_agent.technician import seen
from edge_agent.technician.seen import NotSeen
from tests.edge_agent.watch.desk import LEVEL, Desk, rule


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Two alerts are open, and the agent has the outbox."""
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as opened:
        await opened.run(rule(id="one"), rule(id="two"))
        await opened.hears(2.5)
        yield opened


def ids(desk: Desk) -> list[str]:
    return [one.alert.id for one in read_facts(desk.path, desk.now).open_alerts]


def seen_by(desk: Desk) -> dict[str, str]:
    return {alert: said.by for alert, said in read_facts(desk.path, desk.now).acknowledgements.items()}


async def test_one_is_acknowledged_beside_a_running_agent(desk: Desk) -> None:
    first, _ = ids(desk)
    assert first[:8] in seen.listing(desk.path)
    assert "seen by Asha" in seen.acknowledge(desk.path, first[:8], "Asha")
    assert seen_by(desk) == {first: "Asha"}
    assert "seen by Asha" in seen.listing(desk.path)
    await desk.hears(2.6)  # the agent goes on writing


async def test_all_are_and_the_newest_word_stands(desk: Desk) -> None:
    seen.acknowledge(desk.path, "all", "Asha")
    seen.acknowledge(desk.path, "all", "Ravi")
    assert seen_by(desk) == dict.fromkeys(ids(desk), "Ravi")


@pytest.mark.parametrize(
    ("which", "by", "sentence"),
    [
        ("nothing", "Asha", "begins with"),
        ("", "Asha", "begins the ids of 2 open alerts"),
        ("all", "a\0b", "--by"),
        ("all", "x" * 5_000, "--by"),
    ],
)
async def test_what_is_wrong_is_a_sentence(desk: Desk, which: str, by: str, sentence: str) -> None:
    with pytest.raises(NotSeen, match=sentence):
        seen.acknowledge(desk.path, which, by)
    assert seen_by(desk) == {}


async def test_where_nothing_is_open_it_is_said(tmp_path: Path) -> None:
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as calm:
        assert seen.listing(calm.path) == "no alert is open"
        with pytest.raises(NotSeen, match="no alert is open"):
            seen.acknowledge(calm.path, "all", "Asha")
    with pytest.raises(OutboxError):
        seen.acknowledge(tmp_path / "none.db", "all", "Asha")
