"""Source to outbox, for ever: with patience, with a breaker, and without ever delaying another source."""

from edge_agent.outbox.store import Outbox
from firmware_bridge.source import Source


async def collect(source: Source, outbox: Outbox) -> None:
    """Run one source for ever; returns only when it says that there will never be more readings."""
    raise NotImplementedError
