"""When a point counts as stale: what its interval and its gateway's way of sending allow."""

import httpx

from protocol import codec
from protocol.messages import Birth
from protocol.reading import Reading
from tests.cloud.api.conftest import SECRET, Served


async def stale_after_s(client: httpx.AsyncClient) -> float:
    (point,) = (await client.get("/api/v1/points")).json()
    return float(point["stale_after_s"])


async def test_readings_that_travel_together_are_not_stale_meanwhile(served: Served) -> None:
    await served.send([Reading("oht-1/level", served.now(), 1.5)])
    birth = Birth(epoch="e1", session=1, seal_every_s=90.0)
    async with served.browser(0) as client:
        assert await stale_after_s(client) == 120.0, "the gateway has not said yet how often it sends"
        await client.post(
            "/api/v1/ingest", content=codec.encode(birth), auth=(served.owners[0].gateway, SECRET)
        )
        assert await stale_after_s(client) == 210.0
