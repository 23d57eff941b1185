"""One connection to the broker, on paho directly: it costs a third of what wrappers cost per message."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud import faultpoint

ANSWER_S = 10.0  # for the broker to answer a CONNECT, SUBSCRIBE, UNSUBSCRIBE
KEEPALIVE_S = 5  # so that a broker that has gone silent is noticed within ten seconds
IN_HAND = 1_000  # messages that the broker may send before the first is acknowledged


class LinkError(Exception):
    """The broker is out of reach, refuses us, or has gone: a sentence."""


class BrokerLogin(msgspec.Struct, frozen=True):
    """Where the broker is and who we are there."""

    host: str
    port: int
    username: str
    password: str
    embedded: bool = False  # MQTT 3.1.1, no shared subscriptions
    tls: bool = False
    ca_file: str | None = None  # None: the system's authorities

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


class Link:
    """Used once: after a loss comes a new one. Clean start and expiry 0: nothing is kept for who has gone."""

    def __init__(
        self, login: BrokerLogin, identifier: str, on_message: Callable[[MQTTMessage], None]
    ) -> None:
        self._login = login
        self._loop = asyncio.get_running_loop()
        # Errors are handed over as values: an exception that nobody fetched any more would be logged.
        self._answers: dict[int, asyncio.Future[Sequence[Any] | LinkError]] = {}
        self._connected: asyncio.Future[LinkError | None] = self._loop.create_future()
        self.lost: asyncio.Future[str] = self._loop.create_future()  # the cause, as a phrase
        self._is_reading = False
        self._is_writing = False
        self._unanswered: set[int] = set()  # publications without a PUBACK
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._client = self._make_client(identifier, on_message)

    async def open(self) -> None:
        """Connect and sign in. Raises LinkError."""
        try:
            # Name look-up, connecting and the TLS handshake block in paho.
            await asyncio.to_thread(self._connect)
        except (OSError, ValueError) as error:
            raise LinkError(f"the broker {self._login.place} is out of reach: {error}") from error
        self._client.on_socket_register_write = self._start_writing
        self._client.on_socket_unregister_write = self._stop_writing
        self._client.on_socket_close = self._forget
        self.resume()
        try:
            async with asyncio.timeout(ANSWER_S):
                refused = await self._connected
        except TimeoutError:
            raise LinkError(f"the broker {self._login.place} does not answer a CONNECT") from None
        if refused:
            raise refused

    def look_after(self) -> None:
        """Ping as needed, and notice where no answer comes; call it every second or so."""
        self._client.loop_misc()

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Raises LinkError where the broker refuses one."""
        codes = await self._answered(*self._client.subscribe([(name, 1) for name in filters]))
        for name, code in zip(filters, codes, strict=True):
            if code.is_failure:
                raise LinkError(f"the broker {self._login.place} refuses the subscription {name}: {code}")

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        await self._answered(*self._client.unsubscribe(list(filters)))

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """QoS 1; on a lost link nothing happens."""
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc == 0:
            self._unanswered.add(info.mid)
            self._quiet.clear()
        self._flush_for_faults()

    def acknowledge(self, message: MQTTMessage) -> None:
        self._client.ack(message.mid, message.qos)
        self._flush_for_faults()

    def pause(self) -> None:
        """Read no more: the broker and TCP hold back what comes."""
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._socket)

    def resume(self) -> None:
        socket = self._client.socket()
        if not self._is_reading and socket is not None:
            self._socket = socket
            self._is_reading = True
            self._loop.add_reader(socket, self._read)

    async def drain(self, timeout_s: float) -> None:
        """Wait until the broker has taken what was published."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._quiet.wait()

    def close(self) -> None:
        """Say goodbye, as far as the socket takes it at once."""
        if not self.lost.done():
            self._client.disconnect()
            self._client.loop_write()
        self._client.on_disconnect = None
        self._end("closed by us")

    def _make_client(self, identifier: str, on_message: Callable[[MQTTMessage], None]) -> Client:
        protocol = MQTTProtocolVersion.MQTTv311 if self._login.embedded else MQTTProtocolVersion.MQTTv5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=identifier,
            clean_session=True if self._login.embedded else None,
            protocol=protocol,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = ANSWER_S
        client.username_pw_set(self._login.username, self._login.password)
        client.max_inflight_messages_set(IN_HAND)
        if self._login.tls:
            client.tls_set_context(ssl.create_default_context(cafile=self._login.ca_file))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_answer
        client.on_unsubscribe = self._on_answer
        client.on_publish = self._on_publish
        client.on_message = lambda _, __, message: on_message(message)
        return client

    def _connect(self) -> None:
        login = self._login
        if login.embedded:
            self._client.connect(login.host, login.port, KEEPALIVE_S)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0
        # Without it mosquitto sends 20 and waits: a commit would be that small.
        properties.ReceiveMaximum = IN_HAND
        self._client.connect(login.host, login.port, KEEPALIVE_S, clean_start=True, properties=properties)

    async def _answered(self, code: int, mid: int | None) -> Sequence[Any]:
        if code != 0 or mid is None:
            raise LinkError(f"the connection to the broker {self._login.place} is gone")
        answer = self._answers[mid] = self._loop.create_future()
        try:
            async with asyncio.timeout(ANSWER_S):
                codes: Sequence[Any] | LinkError = await answer
        except TimeoutError:
            raise LinkError(f"the broker {self._login.place} does not answer a subscription") from None
        finally:
            del self._answers[mid]
        if isinstance(codes, LinkError):
            raise codes
        return codes

    def _read(self) -> None:
        self._client.loop_read()
        # What TLS has decrypted already wakes nobody.
        while isinstance(self._socket, ssl.SSLSocket) and self._is_reading and self._socket.pending():
            self._client.loop_read()

    def _write(self) -> None:
        self._client.loop_write()

    def _flush_for_faults(self) -> None:
        """A moment after the sending is one only if the bytes have gone."""
        if faultpoint.ARMED:
            self._client.loop_write()

    def _start_writing(self, _: Client, __: object, socket: Any) -> None:
        if not self._is_writing:
            self._is_writing = True
            self._loop.add_writer(socket, self._write)

    def _stop_writing(self, _: Client, __: object, socket: Any) -> None:
        if self._is_writing:
            self._is_writing = False
            self._loop.remove_writer(socket)

    def _forget(self, client: Client, data: object, socket: Any) -> None:
        self._stop_writing(client, data, socket)
        self.pause()

    def _on_connect(self, _: Client, __: object, ___: object, code: Any, ____: object) -> None:
        if self._connected.done():
            return
        if code.is_failure:
            place, name = self._login.place, self._login.username
            self._connected.set_result(LinkError(f"the broker {place} refuses {name}: {code}"))
        else:
            self._connected.set_result(None)

    def _on_disconnect(self, _: Client, __: object, ___: object, code: Any, ____: object) -> None:
        self._end(str(code))

    def _on_answer(self, _: Client, __: object, mid: int, codes: Sequence[Any], ___: object) -> None:
        answer = self._answers.get(mid)
        if answer is not None and not answer.done():
            answer.set_result(codes)

    def _on_publish(self, _: Client, __: object, mid: int, ___: object, ____: object) -> None:
        self._unanswered.discard(mid)
        if not self._unanswered:
            self._quiet.set()

    def _end(self, cause: str) -> None:
        if not self.lost.done():
            self.lost.set_result(cause)
        self._quiet.set()
        gone = LinkError(f"the broker {self._login.place} closed the connection: {cause}")
        if not self._connected.done():
            self._connected.set_result(gone)
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_result(gone)
