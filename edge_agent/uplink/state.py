"""What a gateway says of itself: birth, heartbeat, death. Reads the outbox, sends nothing."""

import platform
from importlib.metadata import PackageNotFoundError, version

from edge_agent import clock
from edge_agent.outbox.store import Outbox
from protocol.limits import POINTS_LIMIT
from protocol.messages import Birth, BreakerState, Death, Heartbeat


async def birth(outbox: Outbox, session: int, counter: int, heartbeat_s: float, incarnation: str) -> Birth:
    return Birth(
        epoch=outbox.epoch,
        session=session,
        counter=counter,
        incarnation=incarnation,
        boot=clock.boot_id(),
        boot_ms=clock.boot_ms(),
        at=clock.now_ms(),
        clock_trusted=clock.is_synchronised(),
        versions=versions(),
        # Points beyond the limit are made known by the first batch that has readings of them.
        points=(await outbox.points())[:POINTS_LIMIT],
        next_number=await outbox.next_number(),
        heartbeat_s=heartbeat_s,
        queue=await outbox.queue(),
        breakers=await _breakers(outbox),
    )


async def heartbeat(outbox: Outbox, session: int, counter: int) -> Heartbeat:
    return Heartbeat(
        epoch=outbox.epoch,
        session=session,
        counter=counter,
        boot_ms=clock.boot_ms(),
        at=clock.now_ms(),
        clock_trusted=clock.is_synchronised(),
        queue=await outbox.queue(),
        breakers=await _breakers(outbox),
    )


def last_will(outbox: Outbox, session: int) -> Death:
    return Death(epoch=outbox.epoch, session=session)


def farewell(outbox: Outbox, session: int) -> Death:
    return Death(epoch=outbox.epoch, session=session, farewell=True)


def versions() -> dict[str, str]:
    """Of what runs here; "0" for a checkout that is not installed."""
    try:
        evara = version("evara")
    except PackageNotFoundError:
        evara = "0"
    return {"evara": evara, "python": platform.python_version()}


async def _breakers(outbox: Outbox) -> list[BreakerState]:
    stored = await outbox.load_breakers()
    return [BreakerState(name=name, state=breaker.state) for name, breaker in stored.items()]
