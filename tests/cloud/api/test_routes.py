"""What holds for every route, generated from the route table: sign-in, organisation, origin, errors."""

import httpx
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from cloud.api.app import DOCUMENT
from cloud.api.document import openapi_document
from protocol.reading import Reading
from tests.cloud.api.conftest import Served

# Whoever is not signed in may do this much; everything else below /api/v1 asks who it is.
OPEN = {("POST", "/api/v1/session"), ("POST", "/api/v1/ingest")}


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
            where = path.format(site_id=1, device_id=1, point_id=1, gateway_id="gateway-1", token_id=1)
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
        token = (await theirs.post("/api/v1/tokens", json={"name": "t"})).json()
    own, other = served.owners
    ids = {
        "site_id": other.site,
        "device_id": device["id"],
        "point_id": device["points"][0]["id"],
        "gateway_id": other.gateway,
        "token_id": token["id"],
    }
    with_ids = [(method, path) for method, path in routes(served.app) if "{" in path]
    assert len(with_ids) >= 7
    async with served.browser(0) as client:
        for method, path in with_ids:
            query = {"from": 0, "to": 1000, "step_s": 1} if path.endswith("buckets") else None
            answer = await client.request(
                method, path.format(**ids), json=None if method == "GET" else {}, params=query
            )
            assert answer.status_code == 404, (method, path, answer.text)
        for path in ("/api/v1/devices", "/api/v1/points"):
            assert (await client.get(path, params={"site": other.site})).json() == []
            assert (await client.get(path)).json() == []
        listed = (await client.get("/api/v1/sites")).json()["items"]
        assert [site["id"] for site in listed] == [own.site]
        listed = (await client.get("/api/v1/gateways")).json()["items"]
        assert [gateway["id"] for gateway in listed] == [own.gateway]


async def test_every_change_is_taken_from_our_own_pages_only(served: Served) -> None:
    changes = [
        (method, path) for method, path in routes(served.app) if method != "GET" and path != "/api/v1/ingest"
    ]
    assert ("POST", "/api/v1/session") in changes
    async with served.browser(0) as client:
        for method, path in changes:
            where = path.format(token_id=1)
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
    }
    assert wanted <= set(openapi_document()["components"]["schemas"])
