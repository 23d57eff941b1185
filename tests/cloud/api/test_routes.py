"""What holds for every route, generated from the route table: sign-in, organisation, origin, errors."""

from typing import Any

import httpx
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from cloud.api.app import DOCUMENT
from cloud.api.document import openapi_document
from protocol.reading import Reading
from tests.cloud.api.alarms import fire
from tests.cloud.api.conftest import Served

# Whoever is not signed in may do this much; everything else below /api/v1 asks who it is.
OPEN = {("POST", "/api/v1/session"), ("POST", "/api/v1/ingest")}

IDS: dict[str, Any] = {
    **dict.fromkeys(("site_id", "device_id", "point_id", "token_id", "person_id", "address_id"), 1),
    **dict.fromkeys(("window_id", "route_id"), 1),
    **dict.fromkeys(("gateway_id", "alert_id", "rule_id", "template_id"), "nothing"),
}
RULE = {"id": "theirs", "scope": {"metric": "tds"}, "kind": "threshold", "threshold": 1}
ROUTE = {"person_id": 1}
# What is sent where an empty body would be refused before anybody looks whose the thing is.
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/alerts/{alert_id}/acknowledgement"): {"counter": 1},
    ("PUT", "/alerts/{alert_id}/shelf"): {"until": 0},
    ("POST", "/rules/{rule_id}/publish"): {"version": 1},
    ("POST", "/templates/{template_id}/rule"): {"rule_id": "mine"},
    ("PUT", "/people/{person_id}"): {"language": "en"},
    ("PUT", "/sites/{site_id}"): {"tags": {}, "offline_after_s": 900},
    ("POST", "/people/{person_id}/addresses"): {"channel": "log", "value": "x"},
    ("PUT", "/routes/{route_id}"): ROUTE,
}
# Ids of rules are each organisation's own: the same one makes a rule of its own.
OF_ITS_OWN = {("PUT", "/api/v1/rules/{rule_id}")}


def routes(app: Litestar) -> list[tuple[str, str]]:
    """(method, path with its parameters) of everything below /api/v1 but its description."""
    return [
        (method, route.path_format)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        and route.path_format.startswith("/api/v1/")
        and not route.path_format.startswith(DOCUMENT)
        for method in sorted(handler.http_methods - {"OPTIONS"})
    ]


async def call(client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    return await client.request(method, path, json=None if method == "GET" else {})


async def test_every_route_asks_who_it_is(served: Served) -> None:
    async with served.browser(None) as client:
        table = routes(served.app)
        assert len(table) > 15
        for method, path in table:
            if (method, path) in OPEN:
                continue
            where = path.format(**IDS)
            answer = await call(client, method, where)
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.json()["detail"] == "sign in first"
            forged = await client.request(
                method,
                where,
                json=None if method == "GET" else {},
                headers={"cookie": f"evara_session={'x' * 43}"},
            )
            assert forged.status_code == 401, (method, path)


async def test_another_organisations_ids_are_not_there(served: Served) -> None:
    await served.send([Reading("oht-1/level", served.now(), 1.0)], owner=1)
    async with served.browser(1) as theirs:
        (device,) = (await theirs.get("/api/v1/devices")).json()
        ids = await _make_one_of_each(served, theirs)
    own, other = served.owners
    ids |= {"site_id": other.site, "gateway_id": other.gateway}
    ids |= {"device_id": device["id"], "point_id": device["points"][0]["id"]}
    with_ids = [each for each in routes(served.app) if "{" in each[1] and each not in OF_ITS_OWN]
    assert len(with_ids) >= 23
    async with served.browser(0) as client:
        for method, path in with_ids:
            query = {"from": 0, "to": 1000, "step_s": 1} if path.endswith("buckets") else None
            body = BODIES.get((method, path.removeprefix("/api/v1")), {})
            answer = await client.request(
                method, path.format(**ids), json=None if method == "GET" else body, params=query
            )
            assert answer.status_code == 404, (method, path, answer.text)
        for path in ("alerts", "deliveries", "rules", "maintenance"):
            assert (await client.get(f"/api/v1/{path}")).json()["items"] == [], path
        people = (await client.get("/api/v1/people")).json()
        assert [one["name"] for one in people["people"]] == [own.person]
        assert people["routes"] == []
        for path in ("/api/v1/devices", "/api/v1/points"):
            assert (await client.get(path, params={"site": other.site})).json() == []
            assert (await client.get(path)).json() == []
        listed = (await client.get("/api/v1/sites")).json()["items"]
        assert [site["id"] for site in listed] == [own.site]
        listed = (await client.get("/api/v1/gateways")).json()["items"]
        assert [gateway["id"] for gateway in listed] == [own.gateway]


async def _make_one_of_each(served: Served, theirs: httpx.AsyncClient) -> dict[str, Any]:
    """Ids of what the second organisation has."""
    token = await theirs.post("/api/v1/tokens", json={"name": "t"})
    await fire(served, "their-alert", owner=1)
    rule = await theirs.put("/api/v1/rules/theirs", json={"rule": RULE})
    window = await theirs.post(
        "/api/v1/maintenance", json={"site_id": None, "since": 10**12, "until": 2 * 10**12}
    )
    (person,) = (await theirs.get("/api/v1/people")).json()["people"]
    address = await theirs.post(
        f"/api/v1/people/{person['id']}/addresses", json={"channel": "log", "value": "x"}
    )
    route = await theirs.post("/api/v1/routes", json={"person_id": person["id"]})
    for answer in (rule, window, address, route):
        assert answer.status_code in (200, 201), answer.text
    return {
        "token_id": token.json()["id"],
        "alert_id": "their-alert",
        "rule_id": "theirs",
        "template_id": "nothing",
        "window_id": window.json()["id"],
        "person_id": person["id"],
        "address_id": address.json()["people"][0]["addresses"][0]["id"],
        "route_id": route.json()["routes"][0]["id"],
    }


async def test_every_change_is_taken_from_our_own_pages_only(served: Served) -> None:
    changes = [
        (method, path) for method, path in routes(served.app) if method != "GET" and path != "/api/v1/ingest"
    ]
    assert ("POST", "/api/v1/session") in changes
    async with served.browser(0) as client:
        for method, path in changes:
            where = path.format(**IDS)
            for origin in ("https://evil.example", "null", ""):
                answer = await client.request(method, where, json={}, headers={"origin": origin})
                assert answer.status_code == 403, (method, path, origin, answer.text)
            answer = await client.request(method, where, content="{}", headers={"content-type": "text/plain"})
            assert answer.status_code == 400, (method, path, answer.text)
            assert "Content-Type" in answer.json()["detail"]
        assert (await client.get("/api/v1/session")).status_code == 200, "nothing of it ended the session"


async def test_the_public_address_is_an_origin_of_our_own(served: Served) -> None:
    async with served.browser(0) as client:
        answer = await client.post(
            "/api/v1/tokens", json={"name": "t"}, headers={"origin": "http://localhost:8080"}
        )
        assert answer.status_code == 201


BAD = [
    ("GET", "/api/v1/nothing", 404),
    ("PATCH", "/api/v1/sites", 405),
    ("GET", "/api/v1/sites/chikli", 404),
    ("GET", "/api/v1/sites/99999999999999999999", 400),
    ("GET", "/api/v1/points?site=x", 400),
    ("GET", "/api/v1/points/1/buckets", 400),
]


async def test_every_error_is_a_sentence_with_a_reference(served: Served) -> None:
    async with served.browser(0) as client:
        for method, path, status in BAD:
            answer = await client.request(method, path)
            assert answer.status_code == status, (path, answer.text)
            problem = answer.json()
            assert set(problem) == {"detail", "reference"}
            assert len(problem["detail"]) > 5
            assert len(problem["reference"]) == 8


async def test_a_body_past_its_limit_is_not_read(served: Served) -> None:
    async with served.browser(0) as client:
        answer = await client.post("/api/v1/tokens", json={"name": "x" * 100_000})
        assert answer.status_code == 413


async def test_the_document_says_every_route(served: Served) -> None:
    document = openapi_document()
    said = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert said == set(routes(served.app))
    async with served.browser(None) as client:
        assert (await client.get(DOCUMENT)).json()["paths"] == document["paths"]


def test_the_document_has_the_names_that_the_dashboard_uses() -> None:
    wanted = {
        *(
            "Latest",
            "Point",
            "Device",
            "Gateway",
            "Site",
            "SiteRow",
            "Person",
            "SessionAnswer",
            "SitesAnswer",
        ),
        *("SiteAnswer", "GatewaysAnswer", "PointAnswer", "Buckets", "Token", "NewToken"),
        *("Alert", "AlertsAnswer", "AlertAnswer", "TimelineEntry", "Delivery", "DeliveriesAnswer"),
        *("RuleRow", "RuleAnswer", "RuleCheck", "RuleTemplate", "MaintenanceWindow", "PeopleAnswer"),
    }
    assert wanted <= set(openapi_document()["components"]["schemas"])
