"""What the demo tells while it runs: seen from outside, as an operator sees it."""

import asyncio
import json
import time
from typing import Any

import httpx

from deploy.demo.place import Place
from deploy.demo.program import ProgramError, run

READY_S = 60.0
LOOK_S = 3.0
LIVE_BACKLOG = 100  # readings: what may be on its way at any moment
WARNED = (0, 1)  # `status` ends with 1 where something wants a look


async def until_ready(place: Place) -> None:
    """Until the cloud answers. Raises ProgramError after READY_S."""
    url = f"http://127.0.0.1:{place.web_port}/health/ready"
    end = time.monotonic() + READY_S
    async with httpx.AsyncClient(timeout=5) as client:
        while time.monotonic() < end:
            try:
                if (await client.get(url)).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass  # not up yet
            await asyncio.sleep(0.2)
    raise ProgramError(f"The cloud was not ready within {READY_S:.0f} s; see {place.log('cloud')}.")


async def tell(place: Place) -> None:
    """A line when the backlog shrinks to nothing or grows, until cancelled."""
    behind, has_begun = True, not place.is_first  # the first time a day of past comes
    while True:
        backlog = int((await _status(place)).get("backlog", 0))
        has_begun = has_begun or backlog > LIVE_BACKLOG
        if behind and backlog > LIVE_BACKLOG:
            print(f"  {backlog:>9,} readings still to send", flush=True)
        elif has_begun and behind != (backlog > LIVE_BACKLOG):
            behind = not behind
            print(
                "  The gateway is behind." if behind else "  All of it is in the cloud; now live.", flush=True
            )
        await asyncio.sleep(LOOK_S)


async def until_sent(place: Place) -> None:
    """Until every reading has its receipt."""
    while (await _status(place)).get("backlog", 1):  # noqa: ASYNC110 - another process, nothing to wait on
        await asyncio.sleep(LOOK_S / 10)


async def _status(place: Place) -> dict[str, Any]:
    config = str(place.gateway / "agent.toml")
    try:
        answer: dict[str, Any] = json.loads(
            await run(["edge_agent", "status", "--json", "--config", config], place.environment, WARNED)
        )
    except ProgramError:
        return {}  # the store is not there yet
    return answer
