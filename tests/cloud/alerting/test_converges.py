"""Edge and cloud raise, acknowledge and clear in any interleaving (promise 3)."""

import random
from collections import Counter

import msgspec
import pytest
from sqlalchemy import select

from cloud.store import acknowledgements, alerts
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.tables.notifying import notification
from protocol.acknowledgement import Acknowledgement
from protocol.messages import Transition
from protocol.rule import Severity
from tests.cloud.alerting.making import ORGANISATION, all_alerts, minute_at, said
from tests.cloud.alerting.test_merge import as_told
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import GATEWAYS

# Two judges of one point, as after a gateway was replaced; they overlap.
ONE = [
    said("a", minute=0),
    said("a", 2, "rose", 3, severity=Severity.CRITICAL, began=0),
    said("a", 3, "cleared", 10, severity=Severity.CRITICAL, began=0),
]
OTHER = [
    said("b", minute=5),
    said("b", 2, "stale", 8, began=5, stale=True),
    said("b", 3, "fresh", 9, began=5),
    said("b", 4, "cleared", 15, began=5),
]
ACKNOWLEDGED = ["cloud", "gateway"]

Step = tuple[str, Transition] | str


@pytest.mark.parametrize("seed", range(5))
async def test_any_interleaving_converges(database: Database, site: int, seed: int) -> None:
    chance = random.Random(seed)
    town = Town(database)
    await town.add_person("Asha")
    await town.add_person("Bina", min_severity=Severity.CRITICAL)
    steps: list[Step] = [
        *((GATEWAYS[0], one) for one in ONE),
        *((GATEWAYS[1], one) for one in OTHER),
        *ACKNOWLEDGED,
        *chance.choices([(GATEWAYS[0], one) for one in ONE], k=2),
    ]
    chance.shuffle(steps)
    for step in steps:
        await take(town, step)
        town.now += chance.choice([0, 20_000, 90_000])
        await town.work()
    await town.until((town.now - minute_at(0)) / 60_000 + 5)
    (row,) = await all_alerts(database)
    assert (row.id, row.began, row.ended_at, row.severity, row.settled) == (
        "a",
        minute_at(0),
        minute_at(15),
        "critical",
        True,
    )
    assert as_told(row) == await alone(town)
    await at_most_one_page_each(town)


async def take(town: Town, step: Step) -> None:
    if isinstance(step, tuple):
        await town.arrives(step[1], gateway=step[0])
        return
    async with town.database.writing() as connection:
        for row in await alerts.open_of(connection, ORGANISATION):
            if step == "cloud":
                await acknowledgements.acknowledge(connection, row, "Asha", None, "", town.now)
            else:
                seen = Acknowledgement(alert=row.member_id, counter=1, by="caretaker", at=town.now)
                await acknowledgements.add(connection, ORGANISATION, row.id, seen, gateway_id=GATEWAYS[0])


async def alone(town: Town) -> AlertRow:
    """The same transitions on another point, in order and at once."""
    gateways = dict.fromkeys("ab", GATEWAYS[0]) | {"b": GATEWAYS[1]}
    for one in [*ONE, *OTHER]:
        moved = {"id": f"x{one.id}", "alert": f"x{one.alert}", "point": "sump-1/level"}
        await town.arrives(msgspec.structs.replace(one, **moved), gateway=gateways[one.alert])
    await town.until((town.now - minute_at(0)) / 60_000 + 5)
    row = next(row for row in await all_alerts(town.database) if row.id == "xa")
    return as_told(msgspec.structs.replace(row, id="a", member_id="b", point="oht-1/level"))


async def at_most_one_page_each(town: Town) -> None:
    async with town.database.reading() as connection:
        rows = await connection.execute(
            select(notification.c.person_id, notification.c.severity).where(notification.c.occasion == "page")
        )
        assert max(Counter(tuple(row) for row in rows).values(), default=0) <= 1
