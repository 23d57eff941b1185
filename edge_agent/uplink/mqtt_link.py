"""The cloud over a broker: MQTT 3.1.1, QoS 1, a clean session, a last will.

A PUBACK only says that a broker has the message; the receipt is what counts.
"""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

import aiomqtt

from edge_agent.config import Credential
from edge_agent.uplink.link import Address, LinkError, Trouble, explain, log, parse_down, refused, unresolved
from edge_agent.uplink.window import Patience
from firmware_bridge.cancelled import heeding_cancellation
from firmware_bridge.mqtt_client import code, leave, paho, sever
from protocol.messages import Down
from protocol.topics import UP_STATE, everything_down, topic

# Batches and heartbeats keep the connection alive at no cost; pings are for the broker's sake, which
# publishes the last will after one and a half of this.
_KEEPALIVE_S = 90
_INCOMING_LIMIT = 256  # more are dropped, and come again with the batch that is sent again

# Bad user name or password, not authorized; paho gives MQTT 5's codes for 3.1.1's answers, too.
_REFUSED = (134, 135)


class MqttLink:
    def __init__(self, client: aiomqtt.Client, address: Address, gateway: str, accept_s: float) -> None:
        self.place = address.place
        self._client = client
        self._gateway = gateway
        self._accept_s = accept_s

    async def send(self, leaf: str, payload: bytes) -> None:
        try:
            with heeding_cancellation():
                await self._client.publish(topic(self._gateway, leaf), payload, qos=1, timeout=self._accept_s)
        except aiomqtt.MqttError as error:
            raise self._lost(error) from error

    async def heard(self) -> Sequence[Down]:
        messages = self._client.messages
        heard: list[Down] = []
        try:
            while not heard or len(messages):
                message = await anext(messages)
                # A broker that lets everybody read must not make another gateway's rules ours.
                if not message.topic.matches(everything_down(self._gateway)):
                    log.warning("%s handed over %s, which is not ours", self.place, message.topic)
                # paho gives bytes to whoever published bytes; a broker may hand over an empty payload.
                elif isinstance(message.payload, bytes):
                    heard += parse_down(message.payload, self.place)
        except aiomqtt.MqttError as error:
            raise self._lost(error) from error
        return heard

    async def subscribe(self) -> Self:
        try:
            with heeding_cancellation():
                granted = await self._client.subscribe(everything_down(self._gateway), qos=1)
        except aiomqtt.MqttError as error:
            raise self._lost(error) from error
        if any(code(grant) >= 0x80 for grant in granted):
            raise LinkError(
                Trouble.CREDENTIAL,
                f"{self.place} does not let {self._gateway} read its own messages",
                "check the broker's access rules",
            )
        return self

    def _lost(self, error: aiomqtt.MqttError) -> LinkError:
        return LinkError(
            Trouble.BROKEN,
            f"the connection with {self.place} is lost ({error})",
            "it is made again by itself",
        )


@asynccontextmanager
async def open_mqtt(
    address: Address, credential: Credential, trust: ssl.SSLContext, will: bytes, patience: Patience
) -> AsyncIterator[MqttLink]:
    """A connection that listens below the gateway's own `down/`. Raises LinkError."""
    client = aiomqtt.Client(
        address.host,
        address.port,
        identifier=credential.gateway,
        username=credential.gateway,
        password=credential.secret,
        will=aiomqtt.Will(topic(credential.gateway, UP_STATE), will, qos=1),
        clean_session=True,
        keepalive=_KEEPALIVE_S,
        timeout=patience.connect_s,
        max_queued_incoming_messages=_INCOMING_LIMIT,
        tls_context=trust if address.secure else None,
        logger=log.getChild("mqtt"),
    )
    client.pending_calls_threshold = _INCOMING_LIMIT
    paho(client).connect_timeout = patience.connect_s  # no public way; paho's own is 5 s
    try:
        with heeding_cancellation():
            await client.__aenter__()
    except UnicodeError as error:
        raise unresolved(address) from error
    except aiomqtt.MqttError as error:
        sever(client)
        raise _why_not(error, address, credential.gateway) from error
    except BaseException:
        sever(client)
        raise
    try:
        yield await MqttLink(client, address, credential.gateway, patience.accept_s).subscribe()
    except BaseException:
        # Not after a last word to somebody who does not listen; the broker publishes the last will.
        sever(client)
        raise
    finally:
        await leave(client)


def _why_not(error: aiomqtt.MqttError, address: Address, gateway: str) -> LinkError:
    if isinstance(error, aiomqtt.MqttCodeError):
        if code(error.rc) in _REFUSED:
            return refused(address, gateway)
        return LinkError(
            Trouble.UNREACHABLE,
            f"{address.place} takes no connection now ({error})",
            "see the broker's log; it is tried again by itself",
        )
    return explain(error, address)
