"""A site's tags and its limit for gateways that are offline: changed by its own people, seen by rules."""

from cloud.store import rollouts
from protocol.reading import Reading
from tests.cloud.api.conftest import Served

RULE = {
    "id": "low",
    "scope": {"tags": {"region": "west"}, "metric": "level"},
    "kind": "threshold",
    "op": "<",
    "threshold": 0.5,
    "unit": "m",
}


async def test_a_site_runs_the_rules_of_the_tags_it_has(served: Served) -> None:
    own = served.owners[0]
    where = f"/api/v1/sites/{own.site}"
    await served.send([Reading("oht-1/level", served.now(), 1.5)])
    west = {"tags": {"region": "west"}, "offline_after_s": 1800}
    async with served.browser() as client:
        changed = await client.put(where, json=west)
        assert changed.status_code == 200, changed.text
        site = (await client.get(where)).json()["site"]
        assert (site["tags"], site["offline_after_s"]) == ({"region": "west"}, 1800)
        saved = await client.put("/api/v1/rules/low", json={"rule": RULE})
        assert saved.is_success, saved.text
        published = await client.post("/api/v1/rules/low/publish", json={"version": 1})
        assert published.is_success, published.text
        assert await runs_low(served) == {own.gateway}
        await client.put(where, json=west | {"tags": {"region": "east"}})
        assert await runs_low(served) == set()
        await client.put(where, json=west)
        assert await runs_low(served) == {own.gateway}


async def test_what_is_no_tag_and_no_limit_is_refused(served: Served) -> None:
    where = f"/api/v1/sites/{served.owners[0].site}"
    wrong = [
        {"tags": {"a=b": "c"}, "offline_after_s": 900},
        {"tags": {"": "c"}, "offline_after_s": 900},
        {"tags": {"region": "x" * 65}, "offline_after_s": 900},
        {"tags": {str(n): "x" for n in range(17)}, "offline_after_s": 900},
        {"tags": {}, "offline_after_s": 59},
        {"tags": {}},
    ]
    async with served.browser() as client:
        for body in wrong:
            assert (await client.put(where, json=body)).status_code == 400, body
    async with served.browser(1) as other:
        answer = await other.put(where, json={"tags": {}, "offline_after_s": 900})
        assert answer.status_code == 404


async def runs_low(served: Served) -> set[str]:
    """The gateways that are to run the rule."""
    async with served.database.reading() as connection:
        found = await rollouts.newest(connection, served.owners[0].organisation)
    return {one.gateway_id for one in found if "low" in one.rules}
