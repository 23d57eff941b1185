"""What aiomqtt has no public way to. All that reaches into it stands here: a release of it is met once."""

import asyncio
import socket
from contextlib import suppress

import aiomqtt
from paho.mqtt.client import Client

from firmware_bridge.cancelled import heeding_cancellation


def paho(client: aiomqtt.Client) -> Client:
    """The client inside."""
    return client._client


async def lost(client: aiomqtt.Client) -> BaseException | None:
    """Wait until the connection is; why."""
    await asyncio.wait([client._disconnected])
    return client._disconnected.exception()


async def leave(client: aiomqtt.Client) -> None:
    """Say goodbye, where somebody still listens."""
    with suppress(aiomqtt.MqttError), heeding_cancellation():
        await client.__aexit__(None, None, None)
    if client._disconnected.done():
        client._disconnected.exception()  # aiomqtt leaves it unread, and asyncio would log it


def sever(client: aiomqtt.Client) -> None:
    """Cut the connection at once. A client that was given up must not come to life when the link does:
    it bears our id, and the broker would throw out the one that works."""
    sock = paho(client).socket()
    if isinstance(sock, socket.socket):
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def code(answer: object) -> int:
    """Of paho's ReasonCode, or the plain number of MQTT 3.1.1."""
    value = getattr(answer, "value", answer)
    return value if isinstance(value, int) else 0
