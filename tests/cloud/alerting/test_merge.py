"""Transitions become alerts: in any order, twice, under two ids, and with bad ones among them."""

import asyncio
import random
from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import select, update

from cloud.alerting.merge import merge_all
from cloud.store.alerts import AlertRow
from cloud.store.database import Database, open_database
from cloud.store.tables.alerting import alert_member
from cloud.store.tables.batches import transition
from protocol.messages import Transition
from protocol.rule import Severity
from tests.cloud.alerting.making import all_alerts, arrive, minute_at, said
from tests.cloud.ingest.making import GATEWAYS, NOW, rows

LIFE = [
    said(minute=0),
    said(counter=2, reason="rose", minute=5, severity=Severity.CRITICAL, began=0),
    said(counter=3, reason="stale", minute=9, severity=Severity.CRITICAL, began=0, stale=True),
    said(counter=4, reason="fresh", minute=11, severity=Severity.CRITICAL, began=0),
    said(counter=5, reason="cleared", minute=20, severity=Severity.CRITICAL, began=0),
]


def as_told(row: AlertRow) -> AlertRow:
    """Without what depends on when the cloud heard of it."""
    return msgspec.structs.replace(row, received_at=0, news_at=0, over_at=None)


async def test_an_alert_is_made_of_its_transitions(database: Database, site: int) -> None:
    await arrive(database, *LIFE[:2])
    assert (await merge_all(database, NOW + 5)).count == 2
    (row,) = await all_alerts(database)
    assert (row.id, row.site_id, row.gateway_id, row.severity, row.state) == (
        "a",
        site,
        GATEWAYS[0],
        "critical",
        "firing",
    )
    assert (row.began, row.counter, row.paged_by, row.received_at) == (NOW, 2, 2, NOW + 5)
    assert (await merge_all(database, NOW + 9)).count == 0


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_in_any_parts_gives_the_same_alert(database: Database, site: int, seed: int) -> None:
    chance = random.Random(seed)
    sent = [*LIFE, *chance.choices(LIFE, k=3)]
    chance.shuffle(sent)
    while sent:
        size = chance.randint(1, 3)
        part, sent = sent[:size], sent[size:]
        await arrive(database, *part)
        await merge_all(database, NOW)
    await arrive(database, *LIFE)
    await merge_all(database, NOW)
    (row,) = await all_alerts(database)
    assert (row.state, row.severity, row.ended_at, row.counter) == (
        "resolved",
        "critical",
        minute_at(20),
        5,
    )
    assert as_told(row) == as_told(await _in_order(database, LIFE))


async def test_a_second_id_is_an_alias(database: Database, site: int) -> None:
    await arrive(database, said("b", minute=3), gateway=GATEWAYS[1])
    await merge_all(database, NOW)
    assert [row.id for row in await all_alerts(database)] == ["b"]
    await arrive(database, said("a", minute=0))  # was learned before, and arrives later
    await merge_all(database, NOW)
    (row,) = await all_alerts(database)
    assert (row.id, row.member_id, row.began) == ("a", "b", minute_at(0))
    assert sorted(await rows(database, alert_member, alert_member.c.id, alert_member.c.alert_id)) == [
        ("a", "a"),
        ("b", "a"),
    ]


async def test_two_alerts_that_turn_out_to_be_one_become_one(database: Database, site: int) -> None:
    await arrive(database, said("a"), said("a", 2, "cleared", 5, began=0), said("b", minute=6))
    await merge_all(database, NOW)
    assert [row.state for row in await all_alerts(database)] == ["resolved", "firing"]
    await arrive(database, said("c", minute=1), gateway=GATEWAYS[1])
    await merge_all(database, NOW)
    (row,) = await all_alerts(database)
    assert (row.id, row.state) == ("a", "firing")


async def test_one_alert_that_turns_out_to_be_two_becomes_two(database: Database, site: int) -> None:
    await arrive(database, said("a"), said("b", minute=30))
    await merge_all(database, NOW)
    assert len(await all_alerts(database)) == 1
    await arrive(database, said("a", 2, "cleared", 10, began=0))
    await merge_all(database, NOW)
    assert [(row.id, row.state) for row in await all_alerts(database)] == [
        ("a", "resolved"),
        ("b", "firing"),
    ]


BAD = [
    pytest.param({"alert": 7}, "can't be read", id="content of a newer time"),
    pytest.param(
        {**msgspec.to_builtins(said("a", 2)), "rule": "another"}, "alert a is of", id="another rule"
    ),
]


@pytest.mark.parametrize(("content", "trouble"), BAD)
async def test_a_bad_transition_is_recorded_and_holds_up_no_other(
    database: Database, site: int, content: dict[str, object], trouble: str
) -> None:
    await arrive(database, said("a"), said("x", 2), said("b", point="flow-1/rate"))
    async with database.writing() as connection:
        await connection.execute(update(transition).where(transition.c.id == "x/2").values(content=content))
    assert (await merge_all(database, NOW)).count == 3
    assert len(await all_alerts(database)) == 2
    assert trouble in str(await _trouble(database, "x/2"))


async def test_an_id_of_another_site_is_not_believed(database: Database, site: int, other_site: str) -> None:
    await arrive(database, said("a"))
    await arrive(database, said("a", 2, "cleared", 5), gateway=other_site)
    await merge_all(database, NOW)
    (row,) = await all_alerts(database)
    assert row.state == "firing"
    assert "another site" in str(await _trouble(database, "a/2"))


async def test_a_hundred_raises_at_once_leave_one_open_alert(
    database: Database, database_url: str, site: int
) -> None:
    processes = [database, await open_database(database_url)]
    try:
        await asyncio.gather(
            *(
                _raise(processes[place % 2], said(f"{place:03}", minute=place / 100), GATEWAYS[place % 2])
                for place in range(100)
            )
        )
        await asyncio.gather(*(merge_all(one, NOW) for one in processes))
        await merge_all(database, NOW)
    finally:
        await processes[1].close()
    (row,) = await all_alerts(database)
    assert (row.id, row.state) == ("000", "firing")
    assert len(await rows(database, alert_member)) == 100


async def _raise(database: Database, one: Transition, gateway: str) -> None:
    await arrive(database, one, gateway=gateway)
    await merge_all(database, NOW)


async def _in_order(database: Database, life: Sequence[Transition]) -> AlertRow:
    """The same told by another gateway on another point, one by one."""
    for one in life:
        moved = msgspec.structs.replace(one, id=f"o{one.id}", alert="o", point="sump-1/level")
        await arrive(database, moved)
        await merge_all(database, NOW)
    row = next(row for row in await all_alerts(database) if row.id == "o")
    return msgspec.structs.replace(row, id="a", member_id="a", point="oht-1/level")


async def _trouble(database: Database, key: str) -> object:
    async with database.reading() as connection:
        return await connection.scalar(select(transition.c.trouble).where(transition.c.id == key))
