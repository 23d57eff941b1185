"""What a gateway says of itself: birth, heartbeat, death. Reads the outbox, sends nothing."""

import platform
from importlib.metadata import PackageNotFoundError, version

from edge_agent import clock
from edge_agent.uplink.session import Session
from protocol.breaker import Breaker
from protocol.limits import EVENTS_LIMIT, POINTS_LIMIT
from protocol.messages import Birth, BreakerState, Death, Heartbeat


async def birth(session: Session) -> Birth:
    outbox, book = session.outbox, await session.rules.book()
    return Birth(
        epoch=outbox.epoch,
        session=session.number,
        counter=session.counter,
        incarnation=session.incarnation,
        boot=clock.boot_id(),
        boot_ms=clock.boot_ms(),
        at=clock.now_ms(),
        clock_trusted=clock.is_synchronised(),
        versions=versions(),
        # Points beyond the limit are made known by the first batch that has readings of them.
        points=(await outbox.points())[:POINTS_LIMIT],
        origins=(await outbox.origins())[:POINTS_LIMIT],
        open_alerts=[one.alert.id for one in await session.rules.open_alerts()][:EVENTS_LIMIT],
        acknowledgements=(await session.rules.acknowledgements())[:EVENTS_LIMIT],
        told=(await session.rules.told())[:EVENTS_LIMIT],
        next_number=await outbox.next_number(),
        config_hash=book.digest if book else "",
        heartbeat_s=session.rhythm.heartbeat_s,
        seal_every_s=session.rhythm.seal_every_s,
        queue=await outbox.queue(),
        breakers=await _breakers(session),
    )


async def heartbeat(session: Session) -> Heartbeat:
    return Heartbeat(
        epoch=session.outbox.epoch,
        session=session.number,
        counter=session.counter,
        boot_ms=clock.boot_ms(),
        at=clock.now_ms(),
        clock_trusted=clock.is_synchronised(),
        queue=await session.outbox.queue(),
        breakers=await _breakers(session),
    )


def last_will(session: Session) -> Death:
    """What a broker says for us when we fall silent."""
    return Death(epoch=session.outbox.epoch, session=session.number)


def farewell(session: Session) -> Death:
    return Death(epoch=session.outbox.epoch, session=session.number, farewell=True)


def versions() -> dict[str, str]:
    """Of what runs here; "0" for a checkout that is not installed."""
    try:
        evara = version("evara")
    except PackageNotFoundError:
        evara = "0"
    return {"evara": evara, "python": platform.python_version()}


async def _breakers(session: Session) -> list[BreakerState]:
    """Of every configured source, also one whose breaker never opened; of no other."""
    stored = await session.outbox.load_breakers()
    return [BreakerState(name=name, state=stored.get(name, Breaker()).state) for name in session.sources]
