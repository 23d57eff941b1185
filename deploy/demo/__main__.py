"""`make demo`: a cloud, a gateway and a simulated community on this machine, until Ctrl-C or DEMO_SECONDS.

What is killed is started again, and at the end every reading taken is looked for in the cloud's database.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from deploy.demo import alarms, watch
from deploy.demo.count import count
from deploy.demo.link import Link
from deploy.demo.place import Place
from deploy.demo.program import ProgramError, run, supervise

OUTAGE_AFTER_S = 20.0
OUTAGE_S = 60.0
DRAIN_S = 300.0  # at the end, for what is still on its way


async def main() -> int:
    place = Place.prepare()
    seconds = float(os.environ.get("DEMO_SECONDS") or "inf")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    links = [Link(place.web_port, place.web_link_port), Link(place.broker_port, place.broker_link_port)]
    async with links[0].serving(), links[1].serving():
        await _add_gateway(place)
        async with _running(place, "cloud", ["cloud", "serve"]):
            await watch.until_ready(place)
            await alarms.set_up(place)
            # Rules first: what is judged by none has no alerts.
            async with _running(place, "agent", _agent(place, "--send-only")):
                await alarms.until_applied(place)
            async with _running(place, "agent", _agent(place)):
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await _show(place, links, stop)
            for link in links:
                link.mend()
            print("Stopping: the sources have stopped, what they took is being sent.", flush=True)
            await _drain(place)
    found = count(place.journal, place.database)
    print(f"demo: taken={found.taken} stored={found.stored} lost={found.lost} doubled={found.doubled}")
    return 0 if found.lost == found.doubled == 0 else 1


@asynccontextmanager
async def _running(place: Place, name: str, arguments: list[str]) -> AsyncIterator[None]:
    """A program that is kept running until the block ends."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(supervise(name, arguments, place.environment, place.log(name)), name=name)
        try:
            yield
        finally:
            task.cancel()


def _agent(place: Place, *options: str) -> list[str]:
    return ["edge_agent", "run", "--config", str(place.write_config()), *options]


async def _add_gateway(place: Place) -> None:
    if place.credential is None:
        arguments = ["gateway", "add", "amba", "--site", "Amba", "--zone", "Asia/Kolkata"]
        await run(["cloud", *arguments, "--out", str(place.gateway)], place.environment)


async def _show(place: Place, links: list[Link], stop: asyncio.Event) -> None:
    """Say where to look, play the scene, tell what changes; until `stop`."""
    print(place.introduction(), flush=True)
    async with asyncio.TaskGroup() as tasks:
        told = tasks.create_task(watch.tell(place), name="tell")
        scene = tasks.create_task(_play(os.environ.get("SCENE", ""), links), name="scene")
        await stop.wait()
        told.cancel()
        scene.cancel()


async def _play(scene: str, links: list[Link]) -> None:
    if scene != "outage":
        return
    await asyncio.sleep(OUTAGE_AFTER_S)
    print(f"The link is cut for {OUTAGE_S:.0f} s: the gateway goes quiet, its values go stale.", flush=True)
    for link in links:
        link.cut()
    await asyncio.sleep(OUTAGE_S)
    for link in links:
        link.mend()
    print("The link is back: the newest values come first, then the gap fills in.", flush=True)


async def _drain(place: Place) -> None:
    """What the outbox still holds."""
    async with _running(place, "agent", _agent(place, "--send-only")):
        try:
            async with asyncio.timeout(DRAIN_S):
                await watch.until_sent(place)
        except TimeoutError:
            print(f"After {DRAIN_S:.0f} s some readings are still unsent; see {place.log('agent')}.")


if __name__ == "__main__":
    if os.environ.get("SCENE", "outage") not in ("", "outage"):
        sys.exit(f"SCENE={os.environ['SCENE']} is not known; there is SCENE=outage.")
    try:
        sys.exit(asyncio.run(main()))
    except ProgramError as error:
        sys.exit(str(error))
