"""Rules over the API: what is wrong with one is said before it runs, and its way to the gateways is seen."""

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from cloud.alerting.seed import ensure_rules
from cloud.alerting.templates import TEMPLATES
from cloud.store import rollouts, sites
from cloud.store.tables.sites import site
from tests.cloud.api.alarms import fire, measure
from tests.cloud.api.conftest import Served

LEVEL: dict[str, Any] = {
    "id": "low-tank",
    "name": "Low tank",
    "scope": {"metric": "level"},
    "kind": "threshold",
    "op": "<",
    "threshold": 50,
    "unit": "cm",
    "clear_threshold": 60,
    "for_s": 600,
    "severity": "critical",
}

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a point that does not exist": (
        {"scope": {"point": "oht-9/level", "site": "SITE"}},
        'there is no point "oht-9/level"',
    ),
    "a metric that nothing has": ({"scope": {"metric": "levle"}}, 'there is no point "levle"'),
    "a unit that does not fit": ({"unit": "mg/L"}, "the unit mg/L does not fit: oht-1/level is kept in m"),
    "a unit nobody knows": ({"unit": "furlong"}, 'unknown unit "furlong"'),
    "a clear threshold on the wrong side": (
        {"clear_threshold": 40},
        "clear_threshold 40 is on the wrong side",
    ),
    "a ladder in the wrong order": (
        {
            "threshold": None,
            "clear_threshold": None,
            "ladder": [
                {"threshold": 10, "severity": "warning"},
                {"threshold": 20, "severity": "critical"},
            ],
        },
        "the rungs are out of order",
    ),
    "a site of others": ({"scope": {"metric": "level", "site": "999"}}, "there is no site 999"),
    "a rule over sites that watches none": (
        {
            "kind": "sites",
            "scope": {},
            "of_rule": "nothing",
            "window_s": 60,
            **dict.fromkeys(("threshold", "clear_threshold")),
        },
        'there is no rule "nothing"',
    ),
    "an id that can't stand in an address": ({"id": "Low tank"}, 'the id "Low tank" can\'t be used'),
    "a field that is misspelt": ({"treshold": 5}, "treshold"),
}


@pytest.fixture
async def client(served: Served) -> Any:
    await measure(served, "oht-1/level")
    async with served.browser() as there:
        yield there


async def save(client: httpx.AsyncClient, seen: int | None = None, **changes: Any) -> httpx.Response:
    rule = {key: value for key, value in (LEVEL | changes).items() if value is not None}
    return await client.put(f"/api/v1/rules/{rule['id']}", json={"rule": rule, "seen": seen})


async def test_a_mistake_is_said_with_its_place(served: Served, client: httpx.AsyncClient) -> None:
    for name, (changes, sentence) in BAD.items():
        own_site = str(served.owners[0].site)
        scope = {key: own_site if text == "SITE" else text for key, text in changes.get("scope", {}).items()}
        answer = await save(client, **(changes | ({"scope": scope} if "scope" in changes else {})))
        assert answer.status_code == 400, (name, answer.text)
        assert sentence in answer.json()["detail"], name
    assert (await client.get("/api/v1/rules")).json()["items"] == [], "nothing of it was kept"


async def test_all_mistakes_are_said_at_once(client: httpx.AsyncClient) -> None:
    answer = await save(client, clear_threshold=40, unit="furlong", id="Low tank")
    assert answer.json()["detail"].count("; ") >= 2
    checked = await client.post("/api/v1/rules/check", json={"rule": LEVEL | {"clear_threshold": 40}})
    assert checked.status_code == 200
    assert len(checked.json()["mistakes"]) == 1
    fine = (await client.post("/api/v1/rules/check", json={"rule": LEVEL})).json()
    assert (fine["mistakes"], fine["points"], fine["gateways"]) == ([], 1, 1)


async def test_a_draft_runs_when_it_is_published(served: Served, client: httpx.AsyncClient) -> None:
    made = (await save(client)).json()
    assert (made["rule"]["state"], made["rule"]["draft_version"], made["gateways"]) == ("draft", 1, [])
    assert made["rule"]["sentence"] == (
        "When level at any site is below 50 cm for 10 min, raise critical; clear above 60 cm."
    )
    published = (await client.post("/api/v1/rules/low-tank/publish", json={"version": 1})).json()
    assert published["rule"]["state"] == "published"
    assert published["rule"]["roll_out"]["sentence"] == "0 of 1 applied · 1 pending"
    await _answer(served, ok=False, reason='there is no point "level"')
    rejected = (await client.get("/api/v1/rules")).json()["items"][0]["roll_out"]
    assert rejected["sentence"] == '0 of 1 applied · 1 rejected: there is no point "level"'
    await _answer(served, ok=True, reason="rule low-tank rests: oht-1/level has no known unit")
    in_part = (await client.get("/api/v1/rules/low-tank")).json()
    assert in_part["rule"]["roll_out"]["sentence"] == (
        "1 of 1 applied · 1 in part: rule low-tank rests: oht-1/level has no known unit"
    )
    await _answer(served, ok=True)
    (applied,) = (await client.get("/api/v1/rules/low-tank")).json()["gateways"]
    assert (applied["state"], applied["reason"]) == ("applied", "")

    second = (await save(client, seen=1, threshold=55)).json()
    assert (second["rule"]["version"], second["rule"]["draft_version"]) == (1, 2), "the old one runs on"
    assert [one["state"] for one in second["versions"]] == ["draft", "published"]
    slower = await save(client, seen=1, threshold=58)
    assert slower.status_code == 409
    assert "version 2" in slower.json()["detail"]
    assert (await save(client)).status_code == 409, "there is one of this id"

    retired = (await client.post("/api/v1/rules/low-tank/retire", json={})).json()
    assert (retired["rule"]["state"], retired["gateways"]) == ("retired", [])
    assert (await client.post("/api/v1/rules/low-tank/retire", json={})).status_code == 404
    back = await client.post("/api/v1/rules/low-tank/publish", json={"version": 1})
    assert back.json()["rule"]["version"] == 1


async def test_a_rule_over_sites_watches_one_that_still_fires(client: httpx.AsyncClient) -> None:
    many = {"id": "many", "scope": {}, "kind": "sites", "of_rule": "low-tank", "window_s": 60}
    await save(client)
    await client.post("/api/v1/rules/low-tank/publish", json={"version": 1})
    assert (await client.post("/api/v1/rules/check", json={"rule": many})).json()["mistakes"] == []
    await client.post("/api/v1/rules/low-tank/retire", json={})
    answer = (await client.post("/api/v1/rules/check", json={"rule": many})).json()
    assert answer["mistakes"] == ['the rule "low-tank" is retired: it fires nowhere']


async def test_where_the_second_point_is_missing_the_rule_rests(
    served: Served, client: httpx.AsyncClient
) -> None:
    await measure(served, "oht-2/level", "oht-1/pump")
    beside = LEVEL | {"while": {"point": "oht-1/pump", "op": "==", "value": 1}}
    assert (await client.post("/api/v1/rules/check", json={"rule": beside})).json()["warnings"] == []
    nowhere = LEVEL | {"while": {"point": "pump", "op": "==", "value": 1}}
    answer = (await client.post("/api/v1/rules/check", json={"rule": nowhere})).json()
    assert answer["mistakes"] == ['while names a point that does not exist: "oht-2/pump"']


async def test_templates_become_rules(served: Served, client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/v1/templates")).json()
    assert [one["id"] for one in listed] == list(TEMPLATES)
    assert all(one["source"] and one["sentence"] for one in listed)
    made = await client.post(
        "/api/v1/templates/tds-high/rule",
        json={"rule_id": "tds-here", "scope": {"metric": "tds", "site": str(served.owners[0].site)}},
    )
    assert made.status_code == 201, made.text
    assert made.json()["rule"]["sentence"].startswith("When tds at Chikli is above 500 mg/L or 2000 mg/L")
    again = (await client.get("/api/v1/templates")).json()
    assert next(one for one in again if one["id"] == "tds-high")["rules"] == ["tds-here"]
    for template in TEMPLATES:
        answer = await client.post(f"/api/v1/templates/{template}/rule", json={"rule_id": f"my-{template}"})
        assert answer.status_code == 201, (template, answer.text)


async def test_the_first_rules_run_once_and_stay_as_people_leave_them(
    served: Served, client: httpx.AsyncClient
) -> None:
    await ensure_rules(served.database, served.now())
    first = (await client.get("/api/v1/rules")).json()["items"]
    assert {one["id"] for one in first} == {one.id for one in TEMPLATES.values() if one.active}
    assert {one["state"] for one in first} == {"published"}
    await client.post("/api/v1/rules/battery-low/retire", json={})
    await ensure_rules(served.database, served.now())
    states = {one["id"]: one["state"] for one in (await client.get("/api/v1/rules")).json()["items"]}
    assert states["battery-low"] == "retired"


async def test_the_rule_that_everybody_has_is_listed_with_its_limits(
    served: Served, client: httpx.AsyncClient
) -> None:
    own = served.owners[0]
    async with served.database.writing() as connection:
        await connection.execute(update(site).where(site.c.id == own.site).values(offline_after_s=7_200))
        await sites.ensure(connection, own.organisation, "Amba", "Asia/Kolkata", served.now())
    await fire(served, "gone", rule="gateway-offline", point=own.gateway)
    (rule,) = (await client.get("/api/v1/rules")).json()["built_in"]
    assert (rule["id"], rule["name"], rule["severity"]) == ("gateway-offline", "Gateway offline", "warning")
    assert [(one["site"], one["after_s"]) for one in rule["limits"]] == [("Amba", 900), ("Chikli", 7_200)]
    assert rule["open_alerts"] == 1


async def _answer(served: Served, ok: bool, reason: str = "") -> None:
    """The gateway says what became of its configuration."""
    own = served.owners[0]
    async with served.database.writing() as connection:
        (row,) = await rollouts.newest(connection, own.organisation)
        await rollouts.answered(connection, own.gateway, row.digest, ok, reason, served.now())
