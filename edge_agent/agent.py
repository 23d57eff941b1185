"""The agent: START READING HERE. Opens everything in one straight line, then one task per job."""

import asyncio
import logging
import signal

from edge_agent.collect import collect
from edge_agent.config import Config
from edge_agent.outbox.store import open_outbox
from edge_agent.uplink.uplink import uplink

log = logging.getLogger(__name__)

# Together less than 5 s from the signal to the end.
_SOURCES_S = 1.5  # to put down what they hold, in a last commit
_FAREWELL_S = 2.5


async def run(config: Config) -> None:
    """Record and forward until SIGTERM or SIGINT. Raises OutboxError where nothing can be recorded."""
    leaving, hanging_up = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leaving.set)
    async with open_outbox(config.outbox.path) as outbox, asyncio.TaskGroup() as tasks:
        sources = [
            tasks.create_task(collect(source, outbox), name=f"collect {source.name}")
            for source in config.sources
        ]
        links = []  # one, or none: then it only records
        if config.cloud is not None:
            names = [source.name for source in config.sources]
            links = [tasks.create_task(uplink(outbox, names, config.cloud, hanging_up), name="uplink")]
        log.info("recording into %s from %d sources", config.outbox.path, len(sources))
        await leaving.wait()
        log.info("stopping; what is not sent yet stays in %s", config.outbox.path)
        await _end(sources)
        hanging_up.set()
        if links:
            await asyncio.wait(links, timeout=_FAREWELL_S)
            await _end(links)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_SOURCES_S)
