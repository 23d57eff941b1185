"""From the broker to the door and back: shared subscription, acknowledged after the receipt."""

import asyncio
from contextlib import suppress

import structlog
from paho.mqtt.client import MQTTMessage

from cloud import faultpoint
from cloud.identity.access import share_group
from cloud.ingest.door import Door
from cloud.ingest.link import IN_HAND, BrokerLogin, Link, LinkError
from cloud.metrics import Metrics
from protocol import codec, topics
from protocol.backoff import delays
from protocol.messages import Down

log = structlog.get_logger()

BYTES_IN_HAND = 33_554_432  # of payloads; beyond it the broker waits
CANARY_S = 5.0  # for our own message to come back
# Without room for more; then we leave, so that the other workers get our share. Less than KEEPALIVE_S:
# while we do not read, the answers to our pings wait too.
STUCK_S = 4.0
DRAIN_S = 7.0  # for what is in hand when we stop
GOODBYE_S = 1.5  # for the broker to take the last receipts

_LOOK_S = 0.25  # between two looks at what holds us up
_SMALL = 512  # bytes; zlib gains nothing on a receipt


class Receiver:
    def __init__(self, login: BrokerLogin, worker: str, door: Door, metrics: Metrics) -> None:
        """`worker` names this process among those that share the subscription; it must be stable."""
        self._login = login
        self._identifier = f"ingest-{worker}"
        self._canary = topics.topic(login.username, f"up/canary/{worker}")
        self._door = door
        self._metrics = metrics
        self._stop = asyncio.Event()
        self._trouble: str | None = "the broker has not given back the canary yet"
        self._link: Link | None = None  # None: there is none that works
        self._messages = 0  # in hand, over all connections
        self._bytes = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def trouble(self) -> str | None:
        """Why nothing arrives now, as a sentence for readiness; None once the canary came back."""
        return self._trouble

    async def run(self) -> None:
        """Receive until `stop`, over as many connections as it takes; then finish what was received."""
        waits = delays(first_s=0.5, longest_s=15.0)
        async with asyncio.TaskGroup() as handlers:
            while not self._stop.is_set():
                if self._is_held_up():
                    await self._stopped_within(_LOOK_S)
                    continue
                try:
                    cause = await self._serve(handlers)
                except LinkError as error:
                    cause = str(error)
                if self._trouble is None:
                    waits = delays(first_s=0.5, longest_s=15.0)
                self._note(cause)
                await self._stopped_within(next(waits))

    def stop(self) -> None:
        """Take no more; `run` returns within 10 s. Stop the receiver before the intake."""
        self._stop.set()

    def publish(self, gateway: str, leaf: str, message: Down, retain: bool = False) -> bool:
        """Send something down that nobody asked for; False: there is no connection, nothing was sent."""
        if self._link is None or self._link.lost.done():
            return False
        body = codec.compress(codec.encode(message))
        self._link.publish(topics.topic(gateway, leaf), body, retain)
        return True

    async def _serve(self, handlers: asyncio.TaskGroup) -> str:
        """One connection, from the first word to the last. Returns why it ended."""
        came_back = asyncio.Event()

        def take(message: MQTTMessage) -> None:
            if message.topic == self._canary:
                came_back.set()
                link.acknowledge(message)
                return
            self._enter(link, len(message.payload))
            handlers.create_task(self._handle(link, message))

        link = Link(self._login, self._identifier, take)
        try:
            await link.open()
            return await self._receive(link, came_back)
        finally:
            link.close()

    async def _receive(self, link: Link, came_back: asyncio.Event) -> str:
        # Nothing is received before the canary: a member that may not read would swallow its share.
        await link.subscribe([self._canary])
        link.publish(self._canary, b"")
        try:
            async with asyncio.timeout(CANARY_S):
                await came_back.wait()
        except TimeoutError:
            raise LinkError(
                f"the broker {self._login.place} did not give back the canary on {self._canary}: "
                f"user {self._login.username} needs the right to read and write there"
            ) from None
        filters = self._filters()
        await link.subscribe(filters)
        self._note(None)
        self._link = link
        cause = await self._watch(link)
        self._link = None
        if not link.lost.done():
            await self._leave(link, filters)
        return cause

    async def _watch(self, link: Link) -> str:
        """Until the link is lost, we are stuck, or stop."""
        loop = asyncio.get_running_loop()
        held_up_since: float | None = None
        while True:
            await asyncio.wait([link.lost], timeout=_LOOK_S)
            link.look_after()
            if link.lost.done():
                return f"the connection to the broker {self._login.place} was lost: {link.lost.result()}"
            if self._stop.is_set():
                return "this server is stopping"
            if not self._is_held_up():
                held_up_since = None
                link.resume()
            elif held_up_since is None:
                held_up_since = loop.time()
                link.pause()
            elif loop.time() - held_up_since > STUCK_S:
                return f"left the broker: {self._door.intake.trouble or 'too much is in hand for too long'}"

    async def _leave(self, link: Link, filters: list[str]) -> None:
        """Take no more, finish what is in hand, see the receipts off."""
        if not self._is_held_up():
            with suppress(LinkError):
                await link.unsubscribe(filters)
        link.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self._idle.wait()
        link.resume()  # for the broker's PUBACKs
        await link.drain(GOODBYE_S)

    def _filters(self) -> list[str]:
        share = "" if self._login.embedded else f"$share/{share_group(self._login.password)}/"
        return [share + topics.all_gateways(leaf) for leaf in topics.UP]

    async def _handle(self, link: Link, message: MQTTMessage) -> None:
        try:
            faultpoint.reach("received")
            await self._answer(link, message)
        finally:
            self._done(len(message.payload))
        # Only now may the broker forget it.
        link.acknowledge(message)
        faultpoint.reach("puback_sent")

    async def _answer(self, link: Link, message: MQTTMessage) -> None:
        parsed = topics.parse_up(message.topic)
        if parsed is None:
            log.warning("message on a strange topic ignored", topic=message.topic[:200])
            return
        gateway, leaf = parsed
        self._metrics.messages.labels(leaf).inc()
        payload = bytes(message.payload)
        reply = await self._door.enter(gateway, payload)
        if reply is not None:
            link.publish(topics.topic(gateway, topics.DOWN_RECEIPT), _payload(reply, payload))
            self._metrics.receipts.inc()
            faultpoint.reach("receipt_sent")

    def _enter(self, link: Link, size: int) -> None:
        self._messages += 1
        self._bytes += size
        self._idle.clear()
        if self._is_full():
            link.pause()

    def _done(self, size: int) -> None:
        self._messages -= 1
        self._bytes -= size
        if not self._messages:
            self._idle.set()

    def _is_full(self) -> bool:
        return self._messages >= IN_HAND or self._bytes >= BYTES_IN_HAND

    def _is_held_up(self) -> bool:
        return self._is_full() or self._door.intake.trouble is not None

    def _note(self, trouble: str | None) -> None:
        if trouble is None:
            log.info("receiving", broker=self._login.place)
        elif not self._stop.is_set():
            log.warning("not receiving", cause=trouble)
            self._metrics.broker_losses.inc()
        self._trouble = trouble
        self._metrics.broker_connected.set(trouble is None)

    async def _stopped_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()


def _payload(reply: Down, asked: bytes) -> bytes:
    """JSON for who wrote JSON."""
    if asked.startswith(b"{"):
        return codec.encode_json(reply)
    body = codec.encode(reply)
    return codec.compress(body) if len(body) > _SMALL else body
