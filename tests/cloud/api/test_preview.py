"""A preview over the API: what it answers, what it refuses, and that others' readings are not in it."""

import asyncio
from typing import Any

from protocol.reading import Reading
from tests.cloud.api.conftest import Served
from tests.cloud.api.test_rules import LEVEL

MINUTE = 60_000
ADDRESS = "/api/v1/rules/preview"


async def fill(served: Served, minutes: int, owner: int = 0) -> int:
    """The tank is low from 40 minutes ago on; when the newest reading was made."""
    now = served.now()
    past = [Reading("oht-1/level", now - m * MINUTE, 0.9 if m > 40 else 0.3) for m in range(minutes, -1, -1)]
    await served.send(past, owner, epoch=f"past {owner}")
    return now


async def test_it_answers_what_would_have_fired(served: Served) -> None:
    now = await fill(served, 120)
    await fill(served, 300, owner=1)
    async with served.browser() as client:
        answer = await client.post(ADDRESS, json={"rule": LEVEL})
        rules = (await client.get("/api/v1/rules")).json()["items"]
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    (episode,) = found.pop("episodes")
    assert (found["fired"], found["points"], found["points_looked_at"]) == (1, 1, 1)
    assert (found["readings"], found["is_cut"], found["notes"]) == (121, False, [])
    assert found["to"] - found["from"] == 7 * 24 * 60 * MINUTE
    assert (episode["site"], episode["zone"], episode["point"]) == ("Chikli", "Asia/Kolkata", "oht-1/level")
    assert (episode["severity"], episode["ended_at"]) == ("critical", None)
    assert (episode["began"], episode["fired_at"]) == (now - 40 * MINUTE, now - 30 * MINUTE)
    assert rules == [], "nothing is kept"


async def test_it_refuses_what_cannot_be_judged(served: Served) -> None:
    await fill(served, 5)
    over_sites = {
        "id": "many",
        "scope": {},
        "kind": "sites",
        "of_rule": "low-tank",
        "sites": 2,
        "window_s": 60,
    }
    async with served.browser() as client:
        wrong = await client.post(ADDRESS, json={"rule": LEVEL | {"unit": "furlong"}})
        many = await client.post(ADDRESS, json={"rule": over_sites})
    assert (wrong.status_code, many.status_code) == (400, 400)
    assert 'unknown unit "furlong"' in wrong.json()["detail"]
    assert "judges alerts and no readings" in many.json()["detail"]
    async with served.browser(None) as stranger:
        assert (await stranger.post(ADDRESS, json={"rule": LEVEL})).status_code == 401


async def test_who_comes_second_is_told_to_wait(served: Served) -> None:
    await fill(served, 5_000)
    async with served.browser() as client:
        answers = await asyncio.gather(*(client.post(ADDRESS, json={"rule": LEVEL}) for _ in range(6)))
        statuses = {one.status_code for one in answers}
        assert statuses == {200, 429}
        refused = next(one for one in answers if one.status_code == 429)
        assert "try again in a few seconds" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.post(ADDRESS, json={"rule": LEVEL})).status_code == 200, "its turn has ended"
