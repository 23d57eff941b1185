"""F16's part of alerting: a week comes at once from one gateway while another is live (promise 1).

The gateway judged on time, as gateways do; its alerts travel before its readings. The cloud must make history
of the week, and tell only what still holds.
"""

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
from sqlalchemy import select

from cloud.alerting import rollout
from cloud.store import rules
from cloud.store.alerts import AlertRow
from cloud.store.database import Database, open_database
from cloud.store.tables.notifying import notification
from protocol.episodes import Episode, episodes
from protocol.judge import Sample
from protocol.messages import Transition
from protocol.reading import Reading
from protocol.rule import Kind, Rule, Scope
from protocol.terms import Terms, terms
from tests.cloud.alerting.making import ORGANISATION, all_alerts
from tests.cloud.alerting.town import Town
from tests.faults import stored
from tests.faults.calendar import let_pass
from tests.faults.case import Case, Form, case
from tests.faults.forms import FORMS
from tests.faults.gateways import Gateway
from tests.faults.journal import Fate
from tests.faults.load import PAST_MS, Measured, measure, points
from tests.faults.run import SMALL
from tests.protocol.judging import Judge
from tests.waiting import until_async

WEEK_MS = 7 * 86_400_000
READINGS = 500  # of a batch
FIRST_LANE = 50  # transitions of a batch
LIVE_S = 0.25  # between two live batches
WAITED_S = 400  # a group has waited by then, and the past of each alert was looked at
P99_S = 5.0
RULE = Rule(
    id="high",
    scope=Scope(metric="m0"),
    kind=Kind.THRESHOLD,
    threshold=50.0,
    clear_threshold=40.0,
    for_s=300.0,
    max_gap_s=600.0,
)
COUNTS = [6_048, pytest.param(60_480, marks=pytest.mark.long)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", COUNTS)
async def test_a_week_comes_late_and_only_what_still_holds_is_told(form: Form, count: int) -> None:
    async with case(form, SMALL, idle=1) as one:
        async with _town(one) as town:
            await town.add_person()
            await _publish(town.database)
        late = one.idle[0]
        means = terms(RULE, points(late.name)[0], lambda at: 0)
        week = _week(count, time.time_ns() // 1_000_000, one.chance)
        told, expected = _judged_on_time(means, week), _history(means, week)
        assert len(expected) > 10
        assert expected[-1].ended_at is None
        await _comes_beside_live_traffic(one, late, week, told)
        await let_pass(one, WAITED_S)
        async with _town(one) as town:
            await until_async(partial(_is_told, town), 60, "both are told")
            await _check_messages(town, told[-1].alert)
            _check_history(await all_alerts(town.database), late, expected)
        assert await _kept(one, means, week) == expected


@asynccontextmanager
async def _town(one: Case) -> AsyncIterator[Town]:
    """A look at the running cloud; closed before `judge` looks, which would take SQLite's locks from it."""
    database = await open_database(one.system.database)
    try:
        yield Town(database)
    finally:
        await database.close()


async def _comes_beside_live_traffic(
    one: Case, late: Gateway, week: Sequence[Sample], told: Sequence[Transition]
) -> None:
    async with _live(one), one.connected([late]):
        since_s = time.monotonic()
        _hand_over(late, week, told)
        one.gateways.append(late)  # it is judged like all others
        await one.until_sent([late])
        one.gateways[0].take(_live_alert(one.gateways[0]), time.monotonic())
    await one.judge()
    _check_latency(one, late, since_s)


@asynccontextmanager
async def _live(one: Case) -> AsyncIterator[None]:
    """Another gateway measures for as long as the block runs."""
    gateway, since = one.gateways[0], time.time_ns() // 1_000_000 - PAST_MS

    async def produce() -> None:
        for number in itertools.count():
            gateway.take(measure(gateway.name, number * 100, since + number * 10_000), time.monotonic())
            await asyncio.sleep(LIVE_S)

    async with asyncio.TaskGroup() as tasks:
        producing = tasks.create_task(produce())
        yield
        producing.cancel()


async def _publish(database: Database) -> None:
    now = time.time_ns() // 1_000_000
    async with database.writing() as connection:
        await rules.save_draft(connection, ORGANISATION, RULE, None, "Asha", now)
        await rules.publish(connection, ORGANISATION, RULE.id, 1, now)
        await rollout.plan(connection, ORGANISATION, now)


def _week(count: int, until: int, chance: random.Random) -> list[Sample]:
    """Levels that are too high for hours now and then, and at the end. No two values are the same."""
    step, is_high, samples = WEEK_MS // count, False, []
    for number in range(count):
        if chance.random() < step / 14_400_000:
            is_high = not is_high
        is_high = is_high or number > count - 7_200_000 // step
        samples.append(Sample(until - (count - number) * step, 60.0 * is_high + number / 2**20))
    return samples


def _judged_on_time(means: Terms, week: Sequence[Sample]) -> list[Transition]:
    judge = Judge(means, since=week[0].at // 1000, prefix="week")
    for sample in week:
        judge.sample(sample.at / 1000, sample.value)
    return judge.told


def _history(means: Terms, week: Sequence[Sample]) -> list[Episode]:
    until = max(sample.at for sample in week)  # a database gives them in any order
    return episodes(means, week, until, horizon=2 * WEEK_MS)


def _hand_over(late: Gateway, week: Sequence[Sample], told: Sequence[Transition]) -> None:
    """Transitions in the first lane, then the readings, the newest batch first, as fast as they are taken."""
    name = points(late.name)[0].name
    for start in range(0, len(told), FIRST_LANE):
        late.take(Measured([], [], list(told[start : start + FIRST_LANE])), time.monotonic())
    for start in reversed(range(0, len(week), READINGS)):
        part = [Reading(name, one.at, one.value) for one in week[start : start + READINGS]]
        late.take(Measured([(reading, Fate.STORED) for reading in part]), time.monotonic())


def _live_alert(gateway: Gateway) -> Measured:
    """What a live gateway has to say at that moment."""
    now = time.time_ns() // 1_000_000
    means = terms(RULE, points(gateway.name)[0], lambda at: 0)
    judge = Judge(means, since=now // 1000 - 400, prefix="live")
    for second in range(-400, 0, 100):
        judge.sample(now / 1000 + second, 60.0)
    assert [said.course.reason for said in judge.told] == ["fired"]
    return Measured([], [], judge.told)


def _check_history(rows: Sequence[AlertRow], late: Gateway, expected: Sequence[Episode]) -> None:
    """One alert for each episode, as on time."""
    found = [row for row in rows if row.gateway_id == late.name]
    assert [Episode(row.began, row.fired_at, row.ended_at, row.severity) for row in found] == expected
    assert {row.true_began for row in found} == {None}


async def _kept(one: Case, means: Terms, week: Sequence[Sample]) -> list[Episode]:
    """The same history, from what the cloud has stored."""
    rows = await stored.look_at_readings(one.system.database, crashed=False)
    return _history(means, [Sample(at, value) for point, at, value in rows if point == means.point])


async def _check_messages(town: Town, still_holds: str) -> None:
    """No storm: the one that still holds and the live one, each told once; the others are late."""
    assert await _told(town) == [("live-1", "page"), (still_holds, "page")]
    for row in await all_alerts(town.database):
        if not row.is_open:
            assert await town.reasons(row.id) == ["late"], row


async def _is_told(town: Town) -> bool:
    return len(await _told(town)) >= 2


async def _told(town: Town) -> list[tuple[str, str]]:
    """Alert and occasion of every notification."""
    async with town.database.reading() as connection:
        rows = await connection.execute(select(notification.c.alert_id, notification.c.occasion))
        return sorted((row.alert_id, row.occasion) for row in rows)


def _check_latency(one: Case, late: Gateway, since_s: float) -> None:
    live = sorted(
        receipt.heard_s - receipt.planned_s
        for receipt in one.journal.receipts()
        if receipt.gateway != late.name and receipt.planned_s >= since_s
    )
    p99 = live[len(live) * 99 // 100]
    assert p99 <= P99_S * one.system.slowness, f"live readings waited: p99 {p99:.1f} s"
