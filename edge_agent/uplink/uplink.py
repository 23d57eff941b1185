"""The outbox to the cloud, for ever: a way is chosen, a session lives on it, and the next one begins."""

import asyncio
import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

from edge_agent import clock
from edge_agent.config import CloudConfig, ConfigError, load_credential
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.store import Outbox
from edge_agent.uplink import listen, speak, ways
from edge_agent.uplink.link import Address, Link, LinkError, Trouble, parse_address
from edge_agent.uplink.session import End, Over, Rhythm, Session, pause
from edge_agent.uplink.ways import Way, Ways
from edge_agent.uplink.window import Patience
from protocol.backoff import delays

log = logging.getLogger(__name__)


async def uplink(
    outbox: Outbox,
    cloud: CloudConfig,
    stopping: asyncio.Event,
    patience: Patience = Patience(),  # noqa: B008  frozen
) -> None:
    """Returns once `stopping` is set and the farewell is said."""
    known = addresses(cloud)
    taken = Ways(known=tuple(known))
    waits = _waits(patience)
    trouble = ""
    while not stopping.is_set():
        began = time.monotonic()
        way = ways.choose(taken, began)
        session = Session(outbox, Rhythm(cloud.seal_every_s, cloud.heartbeat_s), patience)
        try:
            await session.load()
            # Files are read afresh for every connection: a technician may mend them while we run.
            async with open_link(way, known[way], cloud, speak.last_will(session), patience) as link:
                await run(session, link, stopping, ways.leave_at(taken, way))
        except (ConfigError, LinkError, OutboxError) as error:
            trouble = await _tell(outbox, error, trouble)
            # A full disk says nothing about the way.
            if isinstance(error, LinkError) and not session.proved:
                taken = ways.failed(taken, way, patience.mqtt_again_s, time.monotonic())
        if session.proved:
            taken, trouble = ways.worked(taken, way), ""
        now = time.monotonic()
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


async def _tell(outbox: Outbox, error: Exception, told: str) -> str:
    """Log a trouble once, not every half minute of a night, and keep it for `status`."""
    sentence = str(error)
    if sentence != told:
        log.warning("%s", sentence)
        if not isinstance(error, OutboxError):
            await outbox.note("trouble", sentence)
            await outbox.note("trouble_at", str(clock.now_ms()))
    return sentence


def _waits(patience: Patience) -> Iterator[float]:
    return delays(patience.reconnect_s, patience.longest_reconnect_s)


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
