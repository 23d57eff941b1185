"""The agent: START READING HERE. Opens everything in one straight line, then one task per job."""

import asyncio
import logging
import signal

from edge_agent import clock
from edge_agent.actions import act
from edge_agent.collect import collect
from edge_agent.config import Config
from edge_agent.outbox.store import open_outbox
from edge_agent.rules import Rules
from edge_agent.uplink.uplink import uplink
from edge_agent.watch.stage import Watching
from edge_agent.watch.ticking import tick
from firmware_bridge.fields import origins_of

log = logging.getLogger(__name__)

# Together less than 5 s from the signal to the end.
_SOURCES_S = 1.5  # to put down what they hold, in a last commit
_FAREWELL_S = 2.5


async def run(config: Config, *, sends_only: bool = False) -> None:
    """Record and forward until SIGTERM or SIGINT; `sends_only`: no source is read.

    Raises OutboxError where nothing can be recorded.
    """
    leaving, hanging_up = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leaving.set)
    points = [point for source in config.sources for point in source.points()]
    origins = [origin for source in config.sources for origin in origins_of(source.measures())]
    watching = Watching(points, origins, clock.now_ms(), [action.name for action in config.actions])
    async with open_outbox(config.outbox.path, judge=watching.judge) as outbox, asyncio.TaskGroup() as tasks:
        judging = [
            tasks.create_task(tick(outbox, watching), name="tick"),
            *(tasks.create_task(act(one, outbox), name=f"act {one.name}") for one in config.actions),
        ]
        sources = [
            tasks.create_task(collect(source, outbox), name=f"collect {source.name}")
            for source in (() if sends_only else config.sources)
        ]
        links = []  # one, or none: then it only records
        if config.cloud is not None:
            rules = Rules(outbox, watching, {action.name: action.tells for action in config.actions})
            names = [source.name for source in config.sources]
            links = [tasks.create_task(uplink(outbox, rules, names, config.cloud, hanging_up), name="uplink")]
        log.info("recording into %s from %d sources", config.outbox.path, len(sources))
        await leaving.wait()
        log.info("stopping; what is not sent yet stays in %s", config.outbox.path)
        await _end(sources)
        hanging_up.set()
        if links:
            await asyncio.wait(links, timeout=_FAREWELL_S)
            await _end(links)
        await _end(judging)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_SOURCES_S)
