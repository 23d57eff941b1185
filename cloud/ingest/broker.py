"""The embedded broker: amqtt on loopback, for one machine. No trust boundary: it never faces a network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloud.ingest.link import BrokerLogin
from cloud.store.database import Database


@asynccontextmanager
async def embedded_broker(database: Database, port: int = 0) -> AsyncIterator[BrokerLogin]:
    """Run the broker on 127.0.0.1; port 0: a free one. Gateways sign in with their credential."""
    raise NotImplementedError
    yield
