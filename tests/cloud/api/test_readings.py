"""Raw readings page by page, dense buckets from counted buckets and from readings, and the roll-up."""

import asyncio

import httpx

from cloud.store import rollups
from cloud.store.database import Database
from cloud.store.history import BUCKET_MS, BUCKETS_LIMIT
from cloud.tasks.upkeep import roll_up_all
from protocol.reading import Quality, Reading
from tests.cloud.api.conftest import Served

POINT = "oht-1/level"
HOUR = 3_600_000


async def point_id(client: httpx.AsyncClient) -> int:
    (point,) = (await client.get("/api/v1/points")).json()
    return int(point["id"])


def begin(served: Served) -> int:
    """The start of an hour, two hours ago: everything after it until now is over or under way."""
    return served.now() // HOUR * HOUR - 2 * HOUR


async def test_every_reading_comes_once_over_the_pages(served: Served) -> None:
    start = begin(served)
    sent = [Reading(POINT, start + n * 1000, n / 8) for n in range(25)]
    sent[3] = Reading(POINT, sent[3].at, None, Quality.FAULT)
    sent[4] = Reading(POINT, sent[4].at, 9.0, Quality.SUSPECT | Quality.CLOCK_UNCERTAIN)
    await served.send(sent)
    async with served.browser(0) as client:
        where = f"/api/v1/points/{await point_id(client)}/readings"
        items, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            query = {"from": start, "to": start + 24_000, "limit": 7} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(where, params=query)).json()
            items += page["items"]
            cursor, pages = page["next"], pages + 1
        assert pages == 4
        assert [at for at, _, _ in items] == [one.at for one in sent[:24]], "`to` is exclusive"
        assert items[3][1:] == [None, ["fault"]]
        assert items[4][1:] == [9.0, ["suspect", "clock_uncertain"]]
        assert items[5][1:] == [0.625, []]


async def test_gaps_are_gaps_in_buckets_of_any_step(served: Served) -> None:
    start = begin(served)
    await served.send(
        [
            Reading(POINT, start, 1.0),
            Reading(POINT, start + 9_999, 3.0),
            Reading(POINT, start + 20_000, None, Quality.FAULT),
            Reading(POINT, start + 30_000, 5.0),
        ]
    )
    async with served.browser(0) as client:
        where = f"/api/v1/points/{await point_id(client)}/buckets"
        answer = await client.get(where, params={"from": start + 1, "to": start + 39_999, "step_s": 10})
    assert answer.json() == {
        "from": start,
        "to": start + 40_000,
        "step_s": 10,
        "at": [start, start + 10_000, start + 20_000, start + 30_000],
        "min": [1.0, None, None, 5.0],
        "avg": [2.0, None, None, 5.0],
        "max": [3.0, None, None, 5.0],
        "count": [2, 0, 0, 1],
    }


async def test_counted_and_touched_buckets_give_the_same_chart(served: Served) -> None:
    start = begin(served)
    await served.send([Reading(POINT, start + n * 60_000, float(n)) for n in range(0, 115, 5)])
    async with served.browser(0) as client:
        where = f"/api/v1/points/{await point_id(client)}/buckets"

        async def chart(step_s: int) -> dict[str, object]:
            query = {"from": start, "to": start + 2 * HOUR, "step_s": step_s}
            return dict((await client.get(where, params=query)).json())

        fresh = [await chart(900), await chart(3600)]
        assert fresh[1]["count"] == [12, 11]
        assert await roll_up_all(served.database, served.now) == 8
        assert [await chart(900), await chart(3600)] == fresh
        assert await roll_up_all(served.database, served.now) == 0
        # A late reading makes one bucket dirty again: it counts at once, and again after the roll-up.
        await served.send([Reading(POINT, start + 61_000, 1_000.0)])
        late = await chart(3600)
        assert late["count"] == [13, 11]
        assert late["max"] == [1_000.0, 110.0]
        assert await roll_up_all(served.database, served.now) == 1
        assert await chart(3600) == late


async def test_a_bucket_that_is_under_way_is_left_alone(served: Served) -> None:
    now = served.now()
    await served.send([Reading(POINT, now - 1_000, 1.0)])
    under_way = (now - 1_000) // BUCKET_MS * BUCKET_MS
    assert await roll_up_all(served.database, lambda: under_way + BUCKET_MS - 1) == 0
    assert await roll_up_all(served.database, lambda: under_way + BUCKET_MS) == 1


async def test_processes_share_the_roll_up(database: Database, served: Served) -> None:
    start = begin(served)
    for device in range(40):
        await served.send([Reading(f"d{device}/level", start + n * BUCKET_MS, 1.0) for n in range(8)])

    async def one_process() -> int:
        return await roll_up_all(database, served.now)

    assert sum(await asyncio.gather(*(one_process() for _ in range(4)))) == 320
    async with database.reading() as connection:
        assert await rollups.roll_up(connection, served.now()) == 0


BAD: dict[str, dict[str, int | str]] = {
    "an empty span": {"from": 10, "to": 10, "step_s": 1},
    "to before from": {"from": 20_000, "to": 10_000, "step_s": 1},
    "one step too many": {"from": 0, "to": BUCKETS_LIMIT * 1000 + 1, "step_s": 1},
    "no step": {"from": 0, "to": 1000, "step_s": 0},
    "before 1970": {"from": -1, "to": 1000, "step_s": 1},
    "a word": {"from": "now", "to": 1000, "step_s": 1},
}


async def test_a_chart_that_makes_no_sense_is_refused(served: Served) -> None:
    await served.send([Reading(POINT, served.now(), 1.0)])
    async with served.browser(0) as client:
        where = f"/api/v1/points/{await point_id(client)}/buckets"
        for what, query in BAD.items():
            assert (await client.get(where, params=query)).status_code == 400, what
        most = {"from": 0, "to": BUCKETS_LIMIT * 1000, "step_s": 1}
        assert len((await client.get(where, params=most)).json()["at"]) == BUCKETS_LIMIT


async def test_a_cursor_that_is_made_up_is_refused(served: Served) -> None:
    await served.send([Reading(POINT, served.now(), 1.0)])
    async with served.browser(0) as client:
        where = f"/api/v1/points/{await point_id(client)}/readings"
        for place in (where, "/api/v1/deliveries", "/api/v1/alerts"):
            for cursor in ("x", "-5", "1_0", "+5", " 5", "9" * 19, "-5 a", "9" * 19 + " a"):
                answer = await client.get(place, params={"cursor": cursor})
                assert (answer.status_code, answer.json()["detail"]) == (
                    400,
                    "cursor: take `next` of the page before as it is",
                )
        assert (await client.get("/api/v1/alerts", params={"cursor": "5"})).status_code == 400, "half of one"
        assert (await client.get(where, params={"limit": 10_001})).status_code == 400
