"""A preview tells what gateways would have told of the same readings, and what it left out."""

from typing import Any

import msgspec
import pytest

from cloud.alerting.past import Stored, samples
from cloud.alerting.preview import Bounds, Preview, Turns, preview
from cloud.errors import TooMany
from cloud.store import origins
from cloud.store.database import Database
from protocol.judge import Sample
from protocol.reading import Origin, Point
from protocol.rule import Kind, Op, Rule, Scope, While
from tests.cloud.alerting.making import ORGANISATION
from tests.cloud.ingest.making import FLOW, GATEWAYS, LEVEL, NOW, at, batch, commit

LOW = Rule(
    id="low-tank", scope=Scope(metric="level"), kind=Kind.THRESHOLD, op=Op.BELOW, threshold=0.5, for_s=120.0
)
SECOND = Point("oht-2/level", "m", 60.0)


async def of(database: Database, bounds: Bounds | None = None, **changes: Any) -> Preview:
    rule = msgspec.structs.replace(LOW, **changes)
    return await preview(database, ORGANISATION, rule, NOW, bounds)


def told(found: Preview) -> list[tuple[str, int, int, int | None]]:
    return [
        (one.point, one.episode.began, one.episode.fired_at, one.episode.ended_at) for one in found.firings
    ]


async def levels(database: Database) -> None:
    """Low from 50 to 41 and from 9 minutes ago on; for a minute only 20 minutes ago."""
    low = {*range(41, 51), 20, *range(10)}
    past = [(minute, 0.4 if minute in low else 0.9) for minute in range(60, -1, -1)]
    await commit(database, batch(1, past, points=[LEVEL]))


async def test_it_tells_each_time_with_its_end(database: Database, site: int) -> None:
    await levels(database)
    found = await of(database)
    assert told(found) == [
        (LEVEL.name, at(9), at(7), None),
        (LEVEL.name, at(50), at(48), at(40)),
    ]
    assert (found.points, found.looked_at, found.readings, found.is_cut) == (1, 1, 61, False)
    assert found.notes == []
    assert told(await of(database, for_s=1_800.0)) == []


async def test_it_says_what_it_left_out(database: Database, site: int) -> None:
    await levels(database)
    await commit(database, batch(1, [(minute, 0.4) for minute in range(30)], "epoch-2", [SECOND]))
    few = await of(database, Bounds(points=1))
    assert (few.points, few.looked_at, few.is_cut) == (2, 1, True)
    assert few.notes == ["only 1 of 2 points were looked at, in the order of their sites"]
    short = await of(database, Bounds(readings=40))
    assert (short.looked_at, short.readings, short.is_cut) == (2, 40, True)
    assert short.notes == ["2 points had too many readings: only the newest were looked at"]
    assert told(short) == [(LEVEL.name, at(9), at(7), None), (SECOND.name, at(19), at(17), None)]
    assert (await of(database, Bounds(seconds=0.0))).looked_at == 0


async def test_the_second_point_of_a_rule_counts_while_it_is_known(database: Database, site: int) -> None:
    await levels(database)
    flow = [(55, 5.0), (44, 0.0), (9, 5.0)]
    await commit(database, batch(1, flow, "epoch-2", [FLOW]))
    found = await of(database, while_=While("flow-1/rate", Op.ABOVE, 1.0))
    # It stood still when the tank was low for the first time; ten minutes later nobody knows.
    assert told(found) == [(LEVEL.name, at(9), at(7), None), (LEVEL.name, at(50), at(48), at(44))]
    assert told(await of(database, while_=While("flow-1/rate", Op.ABOVE, 9.0))) == []


async def test_a_point_is_not_silent_before_it_is_there(database: Database, site: int) -> None:
    await commit(database, batch(1, [(minute, 0.9) for minute in (200, 199, 198, 60, 59)]))
    found = await of(database, kind=Kind.NO_DATA, op=Op.ABOVE, threshold=None, for_s=3_600.0)
    assert [(fired, ended) for _, _, fired, ended in told(found)] == [(at(138), at(60))]
    assert any("silence" in note for note in found.notes)


async def test_a_rate_crosses_no_change_of_calibration(database: Database, site: int) -> None:
    await commit(database, batch(1, [(3, 2.0), (2, 2.0), (1, 0.5), (0, 0.5)]))
    falls: dict[str, Any] = {
        "kind": Kind.RATE,
        "op": Op.BELOW,
        "threshold": -1.0,
        "per_s": 60.0,
        "for_s": 0.0,
    }
    assert [fired for _, _, fired, _ in told(await of(database, **falls))] == [at(1)]
    hung_anew = Origin(LEVEL.name, "oht-1/distance", "level_from_distance", [0, at(1)])
    async with database.writing() as connection:
        await origins.save(connection, GATEWAYS[0], [hung_anew])
    assert told(await of(database, **falls)) == []


async def test_it_warns_of_what_would_fire_all_the_time(database: Database, site: int) -> None:
    await commit(database, batch(1, [(minute, 0.4 + minute % 2) for minute in range(400)]))
    found = await of(database, for_s=0.0, cooldown_s=600.0)
    assert len(found.firings) == 200
    assert found.notes == [
        "oht-1/level at Rainbow alone: 200 times, more than ten a day; give it a delay or hysteresis",
        "each time is counted, also those that its cooldown would join to one alert",
    ]


def test_there_is_one_at_a_time() -> None:
    turns = Turns()
    with turns.turn(), pytest.raises(TooMany, match="try again in a few seconds"), turns.turn():
        pass
    with turns.turn():
        pass


def test_a_sample_knows_the_newest_good_value_beside_it() -> None:
    stored: Stored = [(minute, 1.0, 0) for minute in (1, 2, 3, 9)]
    beside: Stored = [(2, 7.0, 0), (3, 8.0, 1), (3, None, 2)]
    assert samples(stored, beside, oldest_ms=3) == [
        Sample(1, 1.0),
        Sample(2, 1.0, beside=7.0),
        Sample(3, 1.0, beside=7.0),
        Sample(9, 1.0),
    ]
