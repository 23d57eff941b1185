"""The outbox to the cloud, for ever: a way is chosen, a session lives on it, and the next one begins."""

import asyncio
import contextlib
import logging
import random
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager

from edge_agent.config import CloudConfig, ConfigError, load_credential
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.store import Outbox
from edge_agent.rules import Rules
from edge_agent.uplink import listen, speak, state, ways
from edge_agent.uplink.link import Address, Link, LinkError, Trouble, parse_address
from edge_agent.uplink.session import End, Over, Rhythm, Session, pause
from edge_agent.uplink.ways import Way, Ways
from edge_agent.uplink.window import Patience
from protocol import breaker
from protocol.backoff import delays
from protocol.breaker import Breaker

log = logging.getLogger(__name__)


_BREAKER = "link over MQTT"  # its name in the outbox, beside those of the sources


async def uplink(
    outbox: Outbox,
    rules: Rules,
    sources: Sequence[str],
    cloud: CloudConfig,
    stopping: asyncio.Event,
    patience: Patience = Patience(),  # noqa: B008  frozen
) -> None:
    """Returns once `stopping` is set and the farewell is said. `sources`: their names."""
    known = addresses(cloud)
    choice = Ways(
        known=tuple(known), policy=ways.policy(patience.mqtt_again_s), mqtt=await _remembered(outbox)
    )
    waits = _waits(patience)
    told: dict[Way | None, str] = {}
    while not stopping.is_set():
        began = time.monotonic()
        way = choice.choose(began)
        before, choice = choice.mqtt, choice.started(way)
        session = Session(outbox, rules, sources, Rhythm(cloud.seal_every_s, cloud.heartbeat_s), patience)
        trouble = None
        try:
            await session.load()
            # Files are read afresh for every connection: a technician may mend them while we run.
            will = speak.payload(state.last_will(session))
            async with open_link(way, known[way], cloud, will, patience) as link:
                await run(session, link, stopping, choice.leave_at(way))
        except (ConfigError, LinkError, OutboxError) as error:
            trouble = error
            await _tell(outbox, way, error, told)
        now = time.monotonic()
        if session.proved:
            told.pop(way, None)
            choice = choice.worked(way, now)
        elif isinstance(trouble, LinkError):
            choice = choice.failed(way, now, random.random)
        else:
            choice = choice.abandoned(way)  # a full disk says nothing about the way
        await _remember(outbox, before, choice.mqtt)
        if now - began >= patience.longest_reconnect_s:
            waits = _waits(patience)  # it lived for a while: start from the shortest wait
        # Also after a good end: two boxes with one credential throw each other out for ever.
        await pause(stopping, now + next(waits))


async def run(session: Session, link: Link, stopping: asyncio.Event, leave_at: float) -> End:
    """Until the agent stops or another connection is needed. Raises LinkError and OutboxError."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listen.hear(session, link), name="hear")
            tasks.create_task(speak.greet(session, link), name="greet")
            tasks.create_task(speak.deliver(session, link, tasks), name="deliver")
            tasks.create_task(speak.watch(session), name="watch")
            tasks.create_task(speak.beat(session, link), name="beat")
            tasks.create_task(speak.tell_seen(session, link), name="tell seen")
            tasks.create_task(speak.stop(session, link, stopping, leave_at), name="stop")
    except* (Over, LinkError, OutboxError) as group:
        ended = _first(group)
    # Raised out here: inside `except*` it would be wrapped in a group again.
    if isinstance(ended, Over):
        return ended.end
    raise ended


def addresses(cloud: CloudConfig) -> dict[Way, Address]:
    """Every way that the configuration names, the best first."""
    urls = {Way.MQTT: cloud.broker, Way.HTTPS: cloud.url}
    return {way: parse_address(url) for way, url in urls.items() if url}


def open_link(
    way: Way, address: Address, cloud: CloudConfig, will: bytes, patience: Patience
) -> AbstractAsyncContextManager[Link]:
    """A connection; entering it raises LinkError. Raises LinkError and ConfigError for unusable files."""
    credential = load_credential(cloud.credential_file)
    trust = trusted(cloud)
    # Imported here: each costs up to half a second of a Pi's start, and most agents need only one.
    if way is Way.MQTT:
        from edge_agent.uplink.mqtt_link import open_mqtt

        return open_mqtt(address, credential, trust, will, patience)
    from edge_agent.uplink.https_link import open_https

    return open_https(address, credential, trust, patience)


def trusted(cloud: CloudConfig) -> ssl.SSLContext:
    """The authorities that certificates are checked against. Raises LinkError for a file that has none."""
    try:
        trust = ssl.create_default_context(cafile=cloud.ca_file)
    except OSError as error:  # ssl's own errors, too
        raise LinkError(
            Trouble.TLS,
            f"{cloud.ca_file} has no certificates that can be read ({error.strerror or error})",
            "check ca_file in agent.toml",
        ) from error
    trust.sslsocket_class = _Socket
    return trust


class _Socket(ssl.SSLSocket):
    """paho leaves a socket open whose handshake failed."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


async def _tell(outbox: Outbox, way: Way, error: Exception, told: dict[Way | None, str]) -> None:
    """Log a trouble once, not every half minute of a night, and keep it for `status`."""
    sentence, of = str(error), None if isinstance(error, OutboxError) else way
    if told.get(of) == sentence:
        return
    told[of] = sentence
    log.warning("%s", sentence)
    if of is not None:
        await outbox.note("trouble", sentence)


async def _remembered(outbox: Outbox) -> Breaker:
    try:
        stored = (await outbox.load_breakers()).get(_BREAKER, Breaker())
    except OutboxError:  # it is only a head start, and every session will say what is wrong
        return Breaker()
    return breaker.restored(stored)


async def _remember(outbox: Outbox, before: Breaker, after: Breaker) -> None:
    if after.state is before.state:
        return
    with contextlib.suppress(OutboxError):
        await outbox.save_breaker(_BREAKER, after)


def _waits(patience: Patience) -> Iterator[float]:
    return delays(patience.reconnect_s, patience.longest_reconnect_s)


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
