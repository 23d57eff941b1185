"""Readings are judged in the commit that keeps them, and what is remembered outlives the agent."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.facts import read_facts
from edge_agent.watch.stage import FAULT
from protocol.reading import Origin, Point, Quality
from tests.edge_agent.outbox.test_trouble import unwritable
from tests.edge_agent.watch.desk import LEVEL, MIN, NOON, PUMP, Desk, rows, rule


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "o.db", (LEVEL, PUMP)).opened() as opened:
        yield opened


async def test_fires_and_clears_with_the_readings(desk: Desk) -> None:
    await desk.run(rule(version=3))
    await desk.hears(1.0, 2.5)
    (fired,) = desk.told
    assert (fired.rule, fired.rule_version, fired.point) == ("high", 3, "oht-1/level")
    assert (fired.state, fired.severity, fired.value, fired.limit) == ("firing", "warning", 2.5, 2.0)
    assert (fired.at, fired.learned_at) == (NOON + MIN, NOON + MIN)
    assert fired.boot
    await desk.hears(1.0)
    assert desk.reasons == ["fired", "cleared"]
    assert len(rows(desk.path, "SELECT * FROM reading")) == 3


async def test_a_rate_crosses_no_reset_of_a_counter(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "o.db", (Point("flow-1/total", "L", 60.0), Point("flow-2/total", "L", 60.0)))
    desk.origins = [Origin("flow-1/rate", "flow-1/total", "rate_from_total", [0])]
    falls = rule(scope={"metric": "total"}, kind="rate", op="<", threshold=-5.0, per_s=60)
    async with desk.opened():
        await desk.run(falls)
        for value in (5_000.0, 0.0):
            for point in ("flow-1/total", "flow-2/total"):  # of the second nobody said that it counts
                await desk.hear(value, point)
            desk.now += MIN
    assert [(one.point, one.course.reason) for one in desk.told] == [("flow-2/total", "fired")]


async def test_transitions_are_news_at_once(desk: Desk) -> None:
    await desk.run(rule())
    seen = await desk.outbox.wait_for_events()
    await desk.hears(1.0)
    await desk.hears(2.5)
    async with asyncio.timeout(5):
        assert await desk.outbox.wait_for_events(seen) == seen + 1


async def test_a_calm_reading_writes_no_watch(desk: Desk) -> None:
    await desk.run(rule(), rule(id="low", op="<", threshold=0.2), rule(id="gone", kind="no_data", for_s=600))
    await desk.hears(1.0)
    before = rows(desk.path, "SELECT * FROM watch")
    assert len(before) == 3
    await desk.hears(1.1, 1.2)
    assert rows(desk.path, "SELECT * FROM watch") == before
    (heard,) = rows(desk.path, "SELECT length(body) FROM heard WHERE point = 'oht-1/level'")
    assert heard[0] < 30


async def test_pending_goes_on_after_a_restart(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "o.db", (LEVEL,))
    async with desk.opened():
        await desk.run(rule(for_s=150, count=4))
        await desk.hears(2.5, 2.6, 2.7)
        assert not desk.told
    async with desk.opened():
        await desk.hears(2.8)
    (fired,) = desk.told
    assert fired.course.began == NOON
    async with desk.opened():
        await desk.hears(1.0)
    assert desk.reasons == ["fired", "cleared"]
    assert {one.alert for one in desk.told} == {fired.alert}


async def test_what_waits_for_the_store_is_judged_once(desk: Desk) -> None:
    await desk.run(rule())
    with ExitStack() as trouble:
        trouble.enter_context(unwritable(desk.path))
        for _ in range(3):
            with pytest.raises(OutboxError):
                await desk.hear(2.5)
    await desk.hear(2.5)
    await desk.hear(2.5)
    assert desk.reasons == ["fired"]


async def test_silence_is_noticed_with_no_reading(desk: Desk) -> None:
    await desk.run(rule(), rule(id="gone", kind="no_data", for_s=600))
    await desk.hears(2.5)
    await desk.wait(4)
    assert [(one.rule, one.course.reason) for one in desk.told] == [("high", "fired"), ("high", "stale")]
    await desk.wait(10)
    assert desk.told[-1].rule == "gone"
    await desk.hear(2.5)
    assert [one.course.reason for one in desk.told[-2:]] == ["fresh", "cleared"]


async def test_after_a_restart_silence_counts_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "o.db", (LEVEL,))
    async with desk.opened():
        await desk.run(rule(id="gone", kind="no_data", for_s=600))
        await desk.hears(1.0)
    desk.now += 60 * MIN
    async with desk.opened():
        await desk.wait(9)
        assert not desk.told
        await desk.wait(2)
        assert desk.reasons == ["fired"]


async def test_a_delay_waits_for_the_sample_that_may_end_it(desk: Desk) -> None:
    await desk.run(rule(for_s=60))
    await desk.hear(2.5)
    await desk.wait(1.5)
    await desk.outbox.append("test", [])
    assert not desk.told
    await desk.wait(1)
    assert desk.reasons == ["fired"]


async def test_while_looks_at_a_point_beside_it(desk: Desk) -> None:
    await desk.run(rule(op="<", threshold=0.5, **{"while": {"point": "pump", "op": "==", "value": 1}}))
    await desk.hears(0.1)
    await desk.hear(0, PUMP.name)
    await desk.hears(0.1)
    assert not desk.told
    await desk.hear(1, PUMP.name)
    await desk.hears(0.1)
    assert desk.reasons == ["fired"]


async def test_doubted_and_future_readings_raise_nothing(desk: Desk) -> None:
    await desk.run(rule())
    await desk.hear(9.0, quality=Quality.SUSPECT)
    desk.now -= 60 * MIN
    await desk.hear(1.0)
    desk.now += 60 * MIN
    assert not desk.told


@pytest.mark.parametrize("minutes", [-600, 600])
async def test_a_clock_that_is_set_moves_what_is_remembered(desk: Desk, minutes: int) -> None:
    await desk.run(rule(for_s=90))
    await desk.hears(2.5, 2.5)
    desk.set_clock(minutes)
    await desk.wait(0)
    await desk.hears(2.5)
    assert desk.reasons == ["fired"]
    assert desk.told[0].course.began == NOON + minutes * MIN


async def test_a_clock_that_was_set_back_while_nothing_ran_stops_no_judging(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "o.db", (LEVEL,))
    async with desk.opened():
        await desk.run(rule())
        await desk.hears(1.0)
    desk.set_clock(-600)
    async with desk.opened():
        await desk.hears(2.5)
        assert desk.reasons == ["fired"]


async def test_no_hour_is_known_while_the_clock_is_not_trusted(desk: Desk) -> None:
    desk.watching.is_clock_trusted = False
    await desk.run(rule(hours={"start": "00:00", "end": "24:00"}))
    await desk.hears(2.5)
    assert not desk.told
    desk.watching.is_clock_trusted = True
    await desk.hears(2.5)
    assert desk.reasons == ["fired"]


async def test_a_fault_keeps_no_reading_and_no_other_rule_out(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.run(rule(id="broken", threshold=None), rule())  # past the checks, which refuse it
    await desk.hears(2.5, 2.5)
    assert len(rows(desk.path, "SELECT * FROM reading")) == 2
    assert [one.rule for one in desk.told] == ["high"]
    (fault,) = (record for record in caplog.records if record.levelno >= logging.ERROR)
    assert fault.getMessage() == "rule broken can't judge oht-1/level; its readings are kept"
    assert fault.exc_info
    assert "broken" in read_facts(desk.path, desk.now).notes[FAULT]


async def test_a_value_that_no_message_holds_travels_without(desk: Desk) -> None:
    await desk.run(rule())
    await desk.hears(float("inf"))
    assert [one.value for one in desk.told] == [None]
