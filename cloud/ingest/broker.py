"""The embedded broker: amqtt on loopback, for one machine. No trust boundary: it never faces a network.

What it does not do, so that nobody relies on it: shared subscriptions, keep-alive, MQTT 5, keeping
unacknowledged messages; and a client that signs in wrongly under another's id ends that one's subscriptions.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from cloud.identity.secrets import is_secret
from cloud.ingest.link import BrokerLogin
from cloud.store import gateways
from cloud.store.database import Database
from cloud.store.faults import ERRORS
from protocol import topics

log = structlog.get_logger()

USER = "cloud"  # no gateway's id: those end in a dash and four characters
CONNECTIONS = 500

_HOST = "127.0.0.1"
_LISTENER = "default"


class Credentials(BaseAuthPlugin):  # type: ignore[misc]
    """Who may connect: active gateways as themselves, and the cloud with the password of this start."""

    @dataclass
    class Config:
        database: Database
        password: str

    async def authenticate(self, *, session: Session) -> bool | None:
        name, secret = session.username or "", session.password or ""
        if name == USER:
            return secrets.compare_digest(secret.encode(), self.config.password.encode())
        if session.client_id != name or not topics.GATEWAY_ID.fullmatch(name):
            return False
        # amqtt asks nobody about the topic of a will.
        if session.will_flag and not _may(name, session.will_topic or "", Action.PUBLISH):
            return False
        return await self._knows(name, secret)

    async def _knows(self, gateway: str, secret: str) -> bool:
        try:
            async with self.config.database.reading() as connection:
                kept = await gateways.secret_hash_of(connection, gateway)
        except ERRORS as error:
            log.warning("sign-in at the embedded broker failed", gateway=gateway, cause=str(error)[:200])
            return False
        return kept is not None and is_secret(secret, kept)


class Access(BaseTopicPlugin):  # type: ignore[misc]
    """Who may use which topic. The answer must be True or False: amqtt counts None as no."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        if session is None or not session.username or topic is None:
            return False
        return session.username == USER or _may(session.username, topic, action)


def _may(gateway: str, topic: str, action: Action | None) -> bool:
    if action is Action.PUBLISH:
        return topics.parse_up(topic) in {(gateway, leaf) for leaf in topics.UP}
    return topic.startswith(topics.topic(gateway, "down/"))


class _Snapshots(dict[str, Any]):
    """amqtt goes through its subscriptions while it awaits who may read, and they change meanwhile."""

    def items(self) -> Any:
        return list(super().items())

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().__iter__()))


class _Broker(Broker):  # type: ignore[misc]
    """Hands over what is retained by a session's own filters alone.

    amqtt itself does so by everybody's filters to whoever connects, and by a filter that it has just refused.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._subscriptions = _Snapshots()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        if any(one is session for one, _ in self._subscriptions.get(subscription[0], [])):
            await super()._publish_retained_messages_for_subscription(subscription, session)


@asynccontextmanager
async def embedded_broker(database: Database, port: int = 0) -> AsyncIterator[BrokerLogin]:
    """Run the broker on 127.0.0.1; port 0: a free one. Gateways sign in with their credential."""
    password = secrets.token_urlsafe(32)
    broker = _Broker(
        {
            "listeners": {_LISTENER: {"type": "external"}},
            # Without this list amqtt takes in everybody.
            "plugins": {
                f"{__name__}.{Credentials.__name__}": {"database": database, "password": password},
                f"{__name__}.{Access.__name__}": {},
            },
        }
    )
    connections = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        if connections >= CONNECTIONS:
            writer.close()
            return
        connections += 1
        try:
            await broker.external_connected(
                StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER
            )
        finally:
            connections -= 1

    await broker.start()
    try:
        server = await asyncio.start_server(connected, _HOST, port)
        async with server:
            place = server.sockets[0].getsockname()[1]
            yield BrokerLogin(_HOST, place, USER, password, embedded=True)
    finally:
        await broker.shutdown()
