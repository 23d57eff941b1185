"""The newest reading of each point: never one from the future, whatever clock said so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.store import open_outbox
from protocol.messages import Lane
from protocol.reading import Reading

AT = 1_700_000_000_000
MINUTE = 60_000
YEAR = 365 * 86_400_000


def newest(path: Path, now: int = AT) -> int | None:
    (point,) = read_facts(path, now).points
    return point.at


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_a_reading_from_the_future_is_not_the_newest(tmp_path: Path, is_sealed: bool) -> None:
    path = tmp_path / "o.db"
    async with open_outbox(path, now=lambda: AT) as outbox:
        for at in (AT - MINUTE, AT + YEAR, AT + 6 * MINUTE):
            await outbox.append("s", [Reading("d/m", at, 1.0)])
        if is_sealed:
            await outbox.seal(Lane.LIVE)
        assert newest(path) == AT - MINUTE
        await outbox.append("s", [Reading("d/m", AT + 4 * MINUTE, 1.0)])  # clocks differ
        assert newest(path) == AT + 4 * MINUTE
    async with open_outbox(path, now=lambda: AT) as outbox:
        await outbox.append("s", [Reading("d/other", AT, 1.0)])
        assert [point.at for point in read_facts(path, AT).points] == [AT + 4 * MINUTE, AT]


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_what_a_wrong_clock_took_for_the_newest_gives_way(tmp_path: Path, is_sealed: bool) -> None:
    path, clock = tmp_path / "o.db", [AT + YEAR]
    now: Callable[[], int] = lambda: clock[0]  # noqa: E731
    async with open_outbox(path, now=now) as outbox:
        await outbox.append("s", [Reading("d/m", AT + YEAR, 1.0)])
        if is_sealed:
            await outbox.seal(Lane.LIVE)
        clock[0] = AT
        await outbox.append("s", [Reading("d/m", AT, 2.0)])
        assert newest(path) == AT
        await outbox.seal(Lane.LIVE)
        assert newest(path) == AT
