"""What the API says of a point: when it is stale, and what it is derived of."""

import httpx

from protocol import codec
from protocol.messages import Birth
from protocol.reading import Origin, Reading
from tests.cloud.api.conftest import SECRET, Served

NEW_YEAR = 1_767_225_600_000


async def stale_after_s(client: httpx.AsyncClient) -> float:
    (point,) = (await client.get("/api/v1/points")).json()
    return float(point["stale_after_s"])


async def test_readings_that_travel_together_are_not_stale_meanwhile(served: Served) -> None:
    await served.send([Reading("oht-1/level", served.now(), 1.5)])
    birth = Birth(epoch="e1", session=1, seal_every_s=90.0)
    async with served.browser(0) as client:
        assert await stale_after_s(client) == 120.0, "the gateway has not said yet how often it sends"
        await say(client, served, birth)
        assert await stale_after_s(client) == 210.0


async def test_a_derived_point_says_what_it_is_derived_of(served: Served) -> None:
    origin = Origin("oht-1/level", "oht-1/distance", "level_from_distance", [NEW_YEAR, NEW_YEAR + 86_400_000])
    async with served.browser(0) as client:
        # At birth, which comes before the first reading.
        await say(client, served, Birth(epoch="e1", session=1, origins=[origin]))
        await served.send(
            [Reading("oht-1/level", served.now(), 1.5), Reading("oht-1/distance", served.now(), 0.6)]
        )
        shown = {"of": origin.of, "kind": origin.kind, "calibrations": origin.calibrations}
        assert await origins(client) == {"level": shown, "distance": None}
        await say(client, served, Birth(epoch="e1", session=3))
        assert await origins(client) == {"level": None, "distance": None}, "it is measured now"
        await say(client, served, Birth(epoch="e1", session=2, origins=[origin]))
        assert await origins(client) == {"level": None, "distance": None}, "an older birth says nothing"


async def say(client: httpx.AsyncClient, served: Served, birth: Birth) -> None:
    answer = await client.post(
        "/api/v1/ingest", content=codec.encode(birth), auth=(served.owners[0].gateway, SECRET)
    )
    assert answer.status_code == 200


async def origins(client: httpx.AsyncClient) -> dict[str, object]:
    return {point["metric"]: point["origin"] for point in (await client.get("/api/v1/points")).json()}
