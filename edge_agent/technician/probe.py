"""One way to the cloud, step by step: name, port, TLS, log-in, receipt. Each step needs the one before."""

import asyncio
import ssl
import time
import uuid

from edge_agent import clock
from edge_agent.config import CloudConfig
from edge_agent.outbox.facts import OutboxFacts
from edge_agent.uplink import speak, state
from edge_agent.uplink.link import Address, Link, LinkError, Trouble, explain, unresolved
from edge_agent.uplink.uplink import open_link, trusted
from edge_agent.uplink.ways import Way
from edge_agent.uplink.window import Patience
from protocol.limits import EVENTS_LIMIT
from protocol.messages import Birth, Death, Queue, RetryAfter, Welcome
from protocol.reading import Point
from protocol.topics import UP_STATE

PATIENCE = Patience(connect_s=5.0, accept_s=10.0, receipt_s=10.0)


async def resolve(address: Address, patience: Patience) -> list[str]:
    """The addresses of a name. Raises LinkError."""
    try:
        async with asyncio.timeout(patience.connect_s):
            found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port)
    except (OSError, UnicodeError) as error:  # also the time-out; a name that can be none
        raise unresolved(address) from error
    return sorted({str(where[0]) for *_, where in found})


async def reach(address: Address, patience: Patience) -> None:
    """Connect and hang up. Raises LinkError."""
    await _connect(address, None, patience)


async def shake_hands(address: Address, cloud: CloudConfig, patience: Patience) -> int:
    """TLS; how many days the certificate is still good. Raises LinkError."""
    certificate = await _connect(address, trusted(cloud), patience)
    expires_at = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return int((expires_at - time.time()) / 86_400)


async def ask(
    way: Way, address: Address, cloud: CloudConfig, facts: OutboxFacts | None, patience: Patience
) -> float:
    """Log in and say a birth, which spends no number; how long the cloud took to answer, in seconds.

    Under an epoch of its own: this is nobody's outbox. Not while an agent runs: one id, one connection.
    Raises LinkError.
    """
    epoch = f"doctor-{uuid.uuid4()}"
    will = speak.payload(Death(epoch=epoch, session=1))
    async with open_link(way, address, cloud, will, patience) as link:
        began = time.monotonic()
        await link.send(UP_STATE, speak.payload(_birth(epoch, facts)))
        await _welcome(link, epoch, patience.receipt_s)
        took_s = time.monotonic() - began
        await link.send(UP_STATE, speak.payload(Death(epoch=epoch, session=1, farewell=True)))
        return took_s


async def _welcome(link: Link, epoch: str, receipt_s: float) -> None:
    try:
        async with asyncio.timeout(receipt_s):
            while True:
                for message in await link.heard():
                    if isinstance(message, Welcome) and message.epoch == epoch:
                        return
                    if isinstance(message, RetryAfter):
                        raise LinkError(
                            Trouble.SILENT,
                            f"the cloud can't answer now ({message.code})",
                            f"ask again in {message.after_s:.0f} s",
                        )
    except TimeoutError:
        raise speak.silent(link) from None


def _birth(epoch: str, facts: OutboxFacts | None) -> Birth:
    return Birth(
        epoch=epoch,
        session=1,
        boot=clock.boot_id(),
        boot_ms=clock.boot_ms(),
        at=clock.now_ms(),
        clock_trusted=clock.is_synchronised(),
        versions=state.versions(),
        points=[Point(point.name, point.unit, point.interval_s) for point in facts.points] if facts else [],
        origins=facts.origins if facts else [],
        # As the agent itself would: what a birth does not list, the cloud takes for forgotten.
        open_alerts=[one.alert.id for one in facts.open_alerts][:EVENTS_LIMIT] if facts else [],
        config_hash=facts.rulebook.digest if facts and facts.rulebook else "",
        queue=facts.queue if facts else Queue(),
    )


async def _connect(address: Address, trust: ssl.SSLContext | None, patience: Patience) -> dict[str, object]:
    """The other side's certificate."""
    try:
        async with asyncio.timeout(patience.connect_s):
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=trust)
    except OSError as error:
        raise explain(error, address) from error
    certificate = writer.get_extra_info("peercert")
    writer.transport.abort()
    return certificate or {}
