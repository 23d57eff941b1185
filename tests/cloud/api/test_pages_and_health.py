"""The dashboard's files with their headers, and what the operator's tools ask."""

import gzip
from pathlib import Path

from cloud.api import pages
from cloud.api.health import Health
from cloud.store.database import Database, open_database
from tests.cloud.api.conftest import Served


async def test_files_and_their_headers(served: Served) -> None:
    async with served.browser(None) as client:
        page = await client.get("/")
        assert page.text == "<!doctype html>the dashboard"
        assert page.headers["cache-control"] == "no-cache"
        assert "default-src 'self'; img-src 'self' data:" in page.headers["content-security-policy"]
        for deep in ("/sites/1", "/points/7?range=day", "/nothing.html"):
            assert (await client.get(deep)).content == page.content, deep
        worker = await client.get("/sw.js")
        assert worker.text == "// worker"
        assert worker.headers["cache-control"] == "no-cache"
        asset = await client.get("/assets/app-1a2b.js", headers={"accept-encoding": "identity"})
        assert asset.content == b"x" * 1000
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        for missing in (
            "/assets/gone.js",
            "/assets/%2e%2e/index.html",
            "/api/nothing",
            "/api/v1/x/y",
            "/api",
        ):
            answer = await client.get(missing)
            assert answer.status_code == 404, missing
            assert answer.json()["detail"]


def test_files_are_packed_once_at_start(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<p>" * 1000)
    (tmp_path / "assets" / "small.js").write_text("1")
    (tmp_path / "assets" / "picture.png").write_bytes(b"0" * 1000)
    found = pages.read_pages(tmp_path)
    assert gzip.decompress(found.page("anywhere").packed or b"") == b"<p>" * 1000
    for name in ("small.js", "picture.png"):
        asset = found.asset(name)
        assert asset is not None
        assert asset.packed is None


def test_a_dashboard_that_is_not_built_says_so(tmp_path: Path) -> None:
    assert b"not built" in pages.read_pages(tmp_path).page("").content


async def test_long_answers_of_the_api_are_packed(served: Served) -> None:
    async with served.browser(0) as client:
        for n in range(20):
            await client.post("/api/v1/tokens", json={"name": f"token number {n}"})
        assert (await client.get("/api/v1/tokens")).headers["content-encoding"] == "gzip"


async def test_health(served: Served) -> None:
    async with served.browser(None) as client:
        assert (await client.get("/health/live")).json() == {"alive": True}
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "troubles": {}})
        metrics = await client.get("/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        assert "evara_batches_total" in metrics.text


async def test_a_part_in_trouble_is_named(database: Database) -> None:
    parts = {"intake": lambda: None, "receiver": lambda: "the broker refuses the password"}
    assert await Health(database, parts).troubles() == {"receiver": "the broker refuses the password"}


async def test_a_database_without_a_schema_is_a_trouble(sqlite_url: str) -> None:
    empty = await open_database(sqlite_url)
    try:
        assert "database" in await Health(empty, {}).troubles()
    finally:
        await empty.close()
