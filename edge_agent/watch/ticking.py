"""Once a second: what happens to alerts with no reading at all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from edge_agent import clock
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.store import Outbox
from edge_agent.watch.stage import Watching

log = logging.getLogger(__name__)

_EVERY_S = 1.0

Sleep = Callable[[float], Awaitable[None]]


async def tick(outbox: Outbox, watching: Watching, sleep: Sleep = asyncio.sleep) -> None:
    """For ever. While the store is in trouble nothing is judged: it is caught up with later."""
    has_begun = False
    while True:
        if clock.is_synchronised():
            watching.is_clock_trusted = True
        try:
            if not has_begun:
                await outbox.change(watching.begin)
                has_begun = True
            if await outbox.look(watching.is_due):
                await outbox.change(watching.pass_time)
        except OutboxError as error:
            log.debug("rules wait for the store: %s", error)
        await sleep(_EVERY_S)
