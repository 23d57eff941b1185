"""Alerts over the API: nothing open is hidden, and what people do to one is seen, checked and undone."""

import asyncio
from typing import Any

from sqlalchemy import insert

from cloud.store.tables.alerting import decision
from protocol.rule import Severity
from tests.cloud.api.alarms import POINT, fire, measure
from tests.cloud.api.conftest import Served
from tests.cloud.api.test_live import heard, watching

HOUR = 3_600_000


async def test_every_open_alert_is_listed_worst_first_whatever_its_age(served: Served) -> None:
    now = served.now()
    await fire(served, "old", point="oht-1/level", at=now - 400 * 24 * HOUR)
    await fire(served, "new", point="oht-2/level")
    await fire(served, "worst", point="oht-3/level", severity=Severity.CRITICAL)
    async with served.browser() as client:
        answer = (await client.get("/api/v1/alerts")).json()
        assert [one["id"] for one in answer["items"]] == ["worst", "old", "new"]
        assert answer["counts"] == {
            **{"open": 3, "critical": 1, "warning": 2, "info": 0},
            **{"acknowledged": 0, "shelved": 0},
        }
        assert [one["is_late"] for one in answer["items"]] == [False, True, False]
        worst = await client.get("/api/v1/alerts", params={"severity": "critical"})
        assert [one["id"] for one in worst.json()["items"]] == ["worst"]
        elsewhere = await client.get("/api/v1/alerts", params={"site": 99})
        assert elsewhere.json()["items"] == []


async def test_the_history_has_pages(served: Served) -> None:
    now = served.now()
    for number in range(5):
        key = f"a{number}"
        await fire(served, key, point=f"oht-{number}/level", at=now - HOUR)
        await fire(served, key, 2, reason="cleared", point=f"oht-{number}/level", at=now - number * 1_000)
    async with served.browser() as client:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            wish: dict[str, Any] = {"state": "history", "limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/api/v1/alerts", params=wish)).json()
            seen += [one["id"] for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == ["a0", "a1", "a2", "a3", "a4"]
        assert (await client.get("/api/v1/alerts")).json()["items"] == []


async def test_an_acknowledgement_is_of_what_was_seen(served: Served) -> None:
    await fire(served, "a")
    where = "/api/v1/alerts/a/acknowledgement"
    async with served.browser() as client:
        seen = (await client.get("/api/v1/alerts/a")).json()["alert"]
        done = await client.put(where, json={"counter": seen["counter"], "note": "on my way"})
        assert done.status_code == 200, done.text
        assert (done.json()["acknowledged"]["by"], done.json()["acknowledged"]["note"]) == (
            "person 1",
            "on my way",
        )
        (listed,) = (await client.get("/api/v1/alerts", params={"state": "acknowledged"})).json()["items"]
        assert listed["id"] == "a"
        back = await client.request("DELETE", where, json={})
        assert back.json()["acknowledged"] is None
        await fire(served, "a", 2, reason="rose", severity=Severity.CRITICAL)
        stale = await client.put(where, json={"counter": seen["counter"]})
        assert stale.status_code == 409
        assert "it rose and is critical now" in stale.json()["detail"]
        assert (await client.put(where, json={"counter": 2})).status_code == 200
        assert (await client.put(where, json={"counter": 2, "until": 1})).status_code == 400
        assert (await client.put(where, json={"counter": 3})).status_code == 409, "nobody has seen that"
        await fire(served, "a", 3, reason="cleared", severity=Severity.CRITICAL)
        over = await client.put(where, json={"counter": 3})
        assert (over.status_code, "is over" in over.json()["detail"]) == (409, True)


async def test_who_acknowledges_at_once_agrees(served: Served) -> None:
    await fire(served, "a")
    async with served.browser() as client:
        answers = await asyncio.gather(
            *(client.put("/api/v1/alerts/a/acknowledgement", json={"counter": 1}) for _ in range(5))
        )
        assert {one.status_code for one in answers} == {200}
        timeline = (await client.get("/api/v1/alerts/a")).json()["timeline"]
    assert 1 <= sum(one["kind"] == "acknowledged" for one in timeline) <= 5


async def test_a_shelved_alert_stays_in_sight(served: Served) -> None:
    await fire(served, "a")
    now, where = served.now(), "/api/v1/alerts/a/shelf"
    async with served.browser() as client:
        for until in (now - 1, now + 8 * 24 * HOUR):
            assert (await client.put(where, json={"until": until})).status_code == 400
        done = await client.put(where, json={"until": now + 8 * HOUR})
        assert done.json()["shelved"]["until"] == now + 8 * HOUR
        shorter = await client.put(where, json={"until": now + HOUR})
        assert shorter.json()["shelved"]["until"] == now + HOUR, "the newest wish holds"
        for state in ("open", "shelved"):
            (listed,) = (await client.get("/api/v1/alerts", params={"state": state})).json()["items"]
            assert listed["shelved"]["by"] == "person 1"
        assert (await client.request("DELETE", where, json={})).json()["shelved"] is None


async def test_an_alert_tells_its_whole_life(served: Served) -> None:
    await measure(served, POINT)
    await _subscribe(served)
    await fire(served, "a")
    async with served.browser() as client:
        await client.put("/api/v1/alerts/a/acknowledgement", json={"counter": 1})
        await client.put("/api/v1/alerts/a/shelf", json={"until": served.now() + HOUR})
        now = served.now()
        window = await client.post(
            "/api/v1/maintenance",
            json={"site_id": None, "since": now, "until": now + HOUR, "reason": "paint"},
        )
        await _keep_quiet(served, "maintenance", str(window.json()["id"]))
        answer = (await client.get("/api/v1/alerts/a")).json()
    assert answer["point"]["latest"]["value"] == 1.0
    assert answer["site"]["name"] == "Chikli"
    told = {(one["kind"], one["reason"], one["by"]) for one in answer["timeline"]}
    assert {
        ("transition", "fired", ""),
        ("acknowledged", "", "person 1"),
        ("shelved", "", "person 1"),
        ("not told", "maintenance", ""),
    } <= told
    assert "paint" in [one["note"] for one in answer["timeline"] if one["kind"] == "not told"]
    assert [one["at"] for one in answer["timeline"]] == sorted(one["at"] for one in answer["timeline"])


async def test_viewers_hear_of_alerts_and_of_what_is_done_to_them(served: Served) -> None:
    await fire(served, "a")
    async with watching(served) as viewer, watching(served, owner=1) as stranger, served.browser() as client:
        served.news.alerts(["a"])
        assert (await heard(viewer, "alert"))["alert"]["state"] == "firing"
        await client.put("/api/v1/alerts/a/acknowledgement", json={"counter": 1})
        while (await heard(viewer, "alert"))["alert"]["acknowledged"] is None:
            pass
        await fire(served, "b", owner=1)
        served.news.alerts(["b"])
        assert (await heard(stranger, "alert"))["alert"]["id"] == "b", "its own is the first that it hears"


async def _subscribe(served: Served) -> None:
    async with served.browser() as client:
        (person,) = (await client.get("/api/v1/people")).json()["people"]
        await client.post(
            f"/api/v1/people/{person['id']}/addresses", json={"channel": "log", "value": "here"}
        )
        await client.post("/api/v1/routes", json={"person_id": person["id"]})


async def _keep_quiet(served: Served, reason: str, detail: str) -> None:
    async with served.database.writing() as connection:
        await connection.execute(
            insert(decision).values(
                organisation_id=served.owners[0].organisation,
                alert_id="a",
                counter=1,
                reason=reason,
                detail=detail,
                at=served.now(),
            )
        )
