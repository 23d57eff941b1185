"""What a gateway says on a connection: birth, batches, heartbeats, farewell."""

import asyncio
import contextlib
import time

import msgspec

from edge_agent.outbox.batches import Sealed
from edge_agent.uplink import state
from edge_agent.uplink.lanes import Seal, Send, Wait
from edge_agent.uplink.link import Link, LinkError, Trouble
from edge_agent.uplink.session import End, Over, Session, pause
from edge_agent.uplink.window import key_of
from protocol import codec
from protocol.backoff import delays
from protocol.messages import Lane, Up
from protocol.topics import UP_BATCH, UP_STATE

# A batch costs 0.8 KB before its readings, so it should have many; and few enough for the worst link.
BATCH_READINGS = 1000
LOOK_S = 2.0  # for what a technician's command wrote into the outbox
_ASKED_AGAIN_S = 60.0


async def greet(session: Session, link: Link) -> None:
    """Say the birth until the cloud answers; nothing else is sent before, for a dead cloud costs data."""
    waits = delays(session.patience.receipt_s, session.patience.longest_receipt_s)
    session.window = session.window.heard(time.monotonic())  # from here on it is waited for
    while not session.welcome.is_set():
        await _say_birth(session, link)
        await pause(session.welcome, max(time.monotonic() + next(waits), session.window.paused_until))
        if time.monotonic() - session.window.waiting_since >= session.patience.silence_s:
            raise silent(link)


async def _say_birth(session: Session, link: Link) -> None:
    session.counter += 1
    session.floor_at_birth = session.floor
    birth = await state.birth(session)
    session.born_at = time.monotonic()
    await link.send(UP_STATE, payload(birth))


async def deliver(session: Session, link: Link, tasks: asyncio.TaskGroup) -> None:
    await session.welcome.wait()
    while True:
        now = time.monotonic()
        session.stir.clear()
        session.window = session.window.expire(now)
        silent_at = session.window.silent_at(session.patience)
        if now >= silent_at:
            raise silent(link)
        if session.has_unloaded and not session.window.is_full():
            await session.take_up()
        match session.lanes.decide(session.window, session.outbox.epoch, session.next, now):
            case Seal(lane):
                sealed = await _seal(session, lane)
                if sealed is not None:
                    _launch(session, link, tasks, sealed)
            case Send(key):
                session.lanes = session.lanes.resent()
                _launch(session, link, tasks, session.window.flights[key].sealed)
            case Wait(until):
                await pause(session.stir, min(until, silent_at))


async def _seal(session: Session, lane: Lane) -> Sealed | None:
    floor = session.floor
    sealed = await session.outbox.seal(lane, BATCH_READINGS)
    session.lanes = session.lanes.sealed(
        lane, sealed is not None, session.rhythm.seal_every_s, time.monotonic()
    )
    if sealed is None:
        return None
    session.take(sealed, floor)
    return sealed


def _launch(session: Session, link: Link, tasks: asyncio.TaskGroup, sealed: Sealed) -> None:
    session.window = session.window.sent(key_of(sealed), session.patience, time.monotonic())
    tasks.create_task(link.send(UP_BATCH, codec.compress(sealed.body)), name=f"send {sealed.number}")


async def watch(session: Session) -> None:
    """Transitions and losses are sealed at once; readings wait for their lane's turn."""
    seen = await session.outbox.wait_for_events()
    while True:
        seen = await session.outbox.wait_for_events(seen)
        session.lanes = msgspec.structs.replace(session.lanes, alert=True)
        session.stir.set()


async def beat(session: Session, link: Link) -> None:
    await session.welcome.wait()
    while True:
        await asyncio.sleep(session.rhythm.heartbeat_s)
        # Only births are answered. Where nothing else is to be sent, they show that the cloud is there.
        if time.monotonic() - session.window.waiting_since >= session.patience.quiet_s:
            await _say_birth(session, link)
            continue
        session.counter += 1
        message = await state.heartbeat(session)
        await link.send(UP_STATE, payload(message))


async def tell_seen(session: Session, link: Link) -> None:
    """What somebody acknowledged here, or was told, goes up with a birth, until a welcome names it: the cloud
    may have to hear of the alert first."""
    await session.welcome.wait()
    waits = delays(LOOK_S, _ASKED_AGAIN_S)
    while True:
        said = await session.rules.acknowledgements()
        is_seen = all((one.alert, one.counter, one.by) in session.seen for one in said)
        if is_seen and all(one in session.told for one in await session.rules.told()):
            waits = delays(LOOK_S, _ASKED_AGAIN_S)
            await asyncio.sleep(LOOK_S)
        else:
            await _say_birth(session, link)
            await asyncio.sleep(next(waits))


async def stop(session: Session, link: Link, stopping: asyncio.Event, leave_at: float) -> None:
    if not await pause(stopping, leave_at):
        raise Over(End.BETTER_WAY)
    with contextlib.suppress(LinkError, TimeoutError):
        async with asyncio.timeout(session.patience.farewell_s):
            await link.send(UP_STATE, payload(state.farewell(session)))
    raise Over(End.STOPPED)


def payload(message: Up) -> bytes:
    return codec.compress(codec.encode(message))


def silent(link: Link) -> LinkError:
    return LinkError(
        Trouble.SILENT,
        f"{link.place} takes messages, but the cloud answers none",
        "check that Evara's ingest runs there",
    )
