"""Maintenance windows over the API: planned for what there is, in the site's own week, ended early."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from cloud.api.window_rows import window_of
from cloud.store.maintenance import Window
from cloud.store.sites import SiteRow
from tests.cloud.api.alarms import fire, measure
from tests.cloud.api.conftest import Served

HOUR = 3_600_000
WEEK = 7 * 24 * HOUR


async def plan(client: httpx.AsyncClient, **wish: Any) -> httpx.Response:
    return await client.post("/api/v1/maintenance", json={"site_id": None} | wish)


async def test_a_window_that_can_not_be_is_refused(served: Served) -> None:
    now, site = served.now(), served.owners[0].site
    await measure(served, "oht-1/level")
    fine: dict[str, Any] = {"site_id": site, "since": now, "until": now + HOUR}
    bad: list[tuple[dict[str, Any], int, str]] = [
        ({"until": now - HOUR}, 400, "the window ends before it begins"),
        ({"until": now}, 400, "the window ends before it begins"),
        ({"until": now + WEEK, "weekly": True}, 400, "must be shorter than a week"),
        ({"site_id": served.owners[1].site}, 404, "there is no site"),
        ({"point": "oht-9/level"}, 400, 'there is no point "oht-9/level"'),
        ({"device": "oht-9"}, 400, 'there is no device "oht-9"'),
        ({"device": "oht-2", "point": "oht-1/level"}, 400, "is not of the device"),
        ({"rules": ["nothing"]}, 400, 'there is no rule "nothing"'),
        ({"ceiling": "awful"}, 400, "ceiling"),
        ({"until": 10**16}, 400, "until"),
    ]
    async with served.browser() as client:
        for change, status, sentence in bad:
            answer = await plan(client, **(fine | change))
            assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.text
        assert (await client.get("/api/v1/maintenance")).json()["items"] == []


async def test_an_open_window_marks_the_alerts_that_it_keeps_quiet(served: Served) -> None:
    now, site = served.now(), served.owners[0].site
    await measure(served, "oht-1/level", "oht-2/level")
    await fire(served, "a")
    await fire(served, "b", point="oht-2/level")
    async with served.browser() as client:
        made = await plan(
            client, site_id=site, device="oht-1", since=now - 1, until=now + HOUR, reason="paint"
        )
        assert made.status_code == 201, made.text
        window = made.json()
        assert window["open_until"] == now + HOUR
        assert window["effect"].startswith(
            "Data and alerts are still recorded. Nobody is notified for oht-1 at Chikli until "
        )
        items = {one["id"]: one for one in (await client.get("/api/v1/alerts")).json()["items"]}
        assert items["a"]["maintenance"] == {
            "window_id": window["id"],
            "until": now + HOUR,
            "reason": "paint",
        }
        assert items["b"]["maintenance"] is None
        ended = await client.post(f"/api/v1/maintenance/{window['id']}/end", json={})
        assert (ended.json()["open_until"], ended.json()["next_at"]) == (None, None)
        items = {one["id"]: one for one in (await client.get("/api/v1/alerts")).json()["items"]}
        assert items["a"]["maintenance"] is None
        assert (await client.post("/api/v1/maintenance/99/end", json={})).status_code == 404


async def test_open_windows_are_listed_first_then_those_to_come(served: Served) -> None:
    now = served.now()
    async with served.browser() as client:
        for reason, since, until in (
            ("past", now - 2 * HOUR, now - HOUR),
            ("later", now + 2 * HOUR, now + 3 * HOUR),
            ("open", now - HOUR, now + HOUR),
            ("next", now + HOUR, now + 2 * HOUR),
        ):
            await plan(client, since=since, until=until, reason=reason)
        items = (await client.get("/api/v1/maintenance")).json()["items"]
    assert [one["reason"] for one in items] == ["open", "next", "later", "past"]


def test_a_weekly_window_keeps_its_hour_through_summer_time() -> None:
    zone = ZoneInfo("Europe/Berlin")

    def at(day: int, month: int, hour: int) -> int:
        return round(datetime(2026, month, day, hour, tzinfo=zone).timestamp() * 1000)

    site = SiteRow(id=1, organisation_id=1, name="Amba", zone="Europe/Berlin", tags={}, offline_after_s=900)
    window = Window(id=1, site_id=1, since=at(23, 3, 8), until=at(23, 3, 10), weekly=True)
    shown = window_of(window, [site], at(28, 3, 12))
    assert (shown.open_until, shown.next_at) == (None, at(30, 3, 8)), "the clocks went forward on the 29th"
    assert window_of(window, [site], at(30, 3, 9)).open_until == at(30, 3, 10)
    assert window_of(window, [site], at(30, 3, 9)).next_at == at(6, 4, 8)
