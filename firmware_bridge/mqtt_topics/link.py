"""A connection with a LAN broker, on aiomqtt: MQTT 5 where the broker speaks it, else 3.1.1.

Every trouble becomes a SourceError. Nothing is acknowledged here: that is for after the commit. aiomqtt has
no public way to that, and drops what its queue can't hold after the broker was told that it arrived; so its
paho client hands us the messages itself.
"""

import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple, Self
from urllib.parse import SplitResult

import aiomqtt
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_bridge.cancelled import heeding_cancellation
from firmware_bridge.mqtt_client import code, leave, lost, paho, sever
from firmware_bridge.mqtt_topics.devices import PAYLOAD_LIMIT
from firmware_bridge.mqtt_topics.hand import Message
from firmware_bridge.source import SourceError
from firmware_bridge.system_error import innermost

log = logging.getLogger(__name__)

ANSWER_S = 10.0  # for the broker to take a connection or a subscription
KEEPALIVE_S = 20  # a broker that has gone silent is noticed within twice this
# How long the broker keeps our messages while we are away: over a restart of the agent, and no longer. Most
# payloads have no time of their own and are as old as they waited, when they are stamped.
SESSION_S = 60
UNANSWERED = 1_000  # messages that the broker may send before the first of them is acknowledged

# "Unsupported protocol version", of MQTT 5, and paho's word for 3.1.1's.
_OTHER_VERSION = 132
_CREDENTIAL = (134, 135, 4, 5)  # bad user name or password, not authorized; 4 and 5 are 3.1.1's


Hear = Callable[[Message], None]  # called in the event loop as a message arrives; raises nothing


class Link:
    def __init__(self, client: aiomqtt.Client, place: str) -> None:
        self._client = client
        self._place = place

    async def subscribe(self, topics: Sequence[str]) -> Self:
        """One topic that is refused does not silence the others."""
        try:
            with heeding_cancellation():
                granted = await self._client.subscribe([(topic, 1) for topic in topics], timeout=ANSWER_S)
        except aiomqtt.MqttError as error:
            raise self._lost(error) from error
        refused = [topic for topic, grant in zip(topics, granted, strict=True) if code(grant) >= 0x80]
        if len(refused) == len(topics):
            raise SourceError(
                f"{self._place} lets us read no topic: check its access rules, and credential_file"
            )
        for topic in refused:
            log.warning("%s does not let us read %s: check its access rules", self._place, topic)
        return self

    async def lost(self) -> SourceError:
        """Wait until the connection is; why, for whoever raises it."""
        return self._lost(await lost(self._client))

    def _lost(self, error: BaseException | None) -> SourceError:
        return SourceError(f"the connection with {self._place} is lost ({error}): it is made again by itself")


class Way(NamedTuple):
    """Where a broker is and who we are there."""

    url: SplitResult
    identifier: str
    credential: tuple[str, str] | None  # user, password
    trust: ssl.SSLContext | None  # None: plain text

    @property
    def place(self) -> str:
        return f"{self.url.scheme}://{self.url.netloc}"


@asynccontextmanager
async def open_link(
    url: SplitResult,
    identifier: str,
    credential: tuple[str, str] | None,
    ca_file: str | None,
    topics: Sequence[str],
    hear: Hear,
) -> AsyncIterator[Link]:
    """A connection that listens to `topics`; `identifier` is ours there. Raises SourceError."""
    trust = _trust(ca_file) if url.scheme == "mqtts" else None
    way = Way(url, identifier, credential, trust)
    client = await _connect(way, hear)
    try:
        yield await Link(client, way.place).subscribe(topics)
    finally:
        await leave(client)


async def _connect(way: Way, hear: Hear) -> aiomqtt.Client:
    try:
        return await _try(way, aiomqtt.ProtocolVersion.V5, hear)
    except aiomqtt.MqttError as error:
        if not isinstance(error, aiomqtt.MqttCodeError) or code(error.rc) != _OTHER_VERSION:
            raise _why_not(error, way.place) from error
    try:
        return await _try(way, aiomqtt.ProtocolVersion.V311, hear)
    except aiomqtt.MqttError as error:
        raise _why_not(error, way.place) from error


async def _try(way: Way, version: aiomqtt.ProtocolVersion, hear: Hear) -> aiomqtt.Client:
    client = _client(way, version)
    paho(client).on_message = lambda inner, _, message: hear(_message(inner, message))
    try:
        with heeding_cancellation():
            return await client.__aenter__()
    except UnicodeError as error:
        raise SourceError(f"{way.place}: nobody can look up this name; check broker") from error
    except BaseException:
        sever(client)
        raise


def _client(way: Way, version: aiomqtt.ProtocolVersion) -> aiomqtt.Client:
    user, password = way.credential or (None, None)
    is_5 = version is aiomqtt.ProtocolVersion.V5
    client = aiomqtt.Client(
        way.url.hostname or "",
        way.url.port or (8883 if way.trust else 1883),
        identifier=way.identifier,
        username=user,
        password=password,
        protocol=version,
        # A session of 3.1.1 has no end: what waited in it for days would be taken for new.
        clean_session=None if is_5 else True,
        clean_start=False if is_5 else MQTT_CLEAN_START_FIRST_ONLY,  # paho's word for "none"
        properties=_session() if is_5 else None,
        keepalive=KEEPALIVE_S,
        timeout=ANSWER_S,
        tls_context=way.trust,
    )
    paho(client).connect_timeout = ANSWER_S  # no public way; paho's own is 5 s
    paho(client).manual_ack_set(True)
    return client


def _message(client: Client, message: MQTTMessage) -> Message:
    acknowledge = partial(client.ack, message.mid, message.qos)
    return Message(message.topic, bytes(message.payload), message.retain, acknowledge)


def _session() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_S
    properties.ReceiveMaximum = UNANSWERED
    properties.MaximumPacketSize = 2 * PAYLOAD_LIMIT  # paho would hold whatever comes
    return properties


def _trust(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SourceError(
            f"ca_file {ca_file} cannot be read ({error.strerror or error}): copy it there again"
        ) from error


def _why_not(error: aiomqtt.MqttError, place: str) -> SourceError:
    if isinstance(error, aiomqtt.MqttCodeError):
        if code(error.rc) in _CREDENTIAL:
            return SourceError(f"{place} refuses the credential: check credential_file")
        return SourceError(f"{place} takes no connection now ({error}): see the broker's log")
    match innermost(error):
        case socket.gaierror():
            return SourceError(f"{place}: the name cannot be resolved; check broker, and the name server")
        case ssl.SSLCertVerificationError() as cause:
            return SourceError(
                f"the certificate of {place} is not trusted ({cause.verify_message}): "
                f"check ca_file, and this machine's clock"
            )
        case ssl.SSLError() as cause:
            return SourceError(
                f"{place} makes no TLS connection ({cause.reason}): check broker, mqtt:// is plain"
            )
        case ConnectionRefusedError():
            return SourceError(f"{place} refuses connections: check that the broker runs, and its port")
        case _ as cause:
            why = f"cannot be reached ({cause.strerror})" if cause and cause.strerror else "does not answer"
            return SourceError(f"{place} {why}: check the network, and the port in broker")
