"""What no client of ours sends: every answer is a sentence, and none is a 500."""

from typing import Any

import pytest

from tests.cloud.api.conftest import Served

JSON = {"content-type": "application/json"}
BODIES = [
    pytest.param(b'{"name":"\xff","password":"x"}', id="no UTF-8"),
    pytest.param(b"[" * 60_000, id="nested without end"),
    pytest.param(b'{"name":"a\\u0000b","password":"x"}', id="a NUL"),
]


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_that_can_not_be_read(served: Served, body: bytes) -> None:
    async with served.browser(owner=None) as client:
        answer = await client.post("/api/v1/session", content=body, headers=JSON)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]


PATHS = [
    ("GET", "/alerts/%00"),
    ("GET", "/rules/%00"),
    ("GET", "/alerts?state=history&cursor=9%20%00"),
    ("PUT", "/alerts/%00/acknowledgement"),
    ("POST", "/rules/%00/publish"),
    ("POST", "/rules/%00/retire"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_an_address_with_a_nul_names_nothing(served: Served, method: str, path: str) -> None:
    async with served.browser() as client:
        answer = await client.request(method, f"/api/v1{path}", json=None if method == "GET" else {})
    assert (answer.status_code, answer.json()["detail"]) == (400, "an address has no NUL in it: correct it")


LARGE = 2**63
WISHES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/routes", {"person_id": LARGE}),
    ("POST", "/routes", {"person_id": 1, "site_id": LARGE}),
    ("PUT", "/last-resort", {"person_id": LARGE}),
    ("PUT", "/people/1", {"language": "en", "deputy_id": LARGE}),
    ("POST", "/maintenance", {"site_id": LARGE}),
    ("POST", "/tokens", {"name": "t", "expires_at": LARGE}),
    ("POST", "/tokens", {"name": "a\0b"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WISHES)
async def test_what_no_table_holds(served: Served, method: str, path: str, body: dict[str, Any]) -> None:
    async with served.browser() as client:
        answer = await client.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("path", ["/alerts?state=x", "/deliveries?state=x"])
async def test_the_error_names_what_the_address_says(served: Served, path: str) -> None:
    async with served.browser() as client:
        answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("state: ")
