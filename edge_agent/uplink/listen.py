"""What the cloud says on a connection, and what follows: settle, park, seal anew, send again."""

import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from edge_agent import clock
from edge_agent.uplink.link import Link
from edge_agent.uplink.session import End, Over, Session
from edge_agent.uplink.window import Flight, key_of
from protocol import codec
from protocol.messages import (
    Command,
    Config,
    Down,
    Receipt,
    Refusal,
    RefusalCode,
    Result,
    RetryAfter,
    Welcome,
)
from protocol.topics import UP_RESULT

log = logging.getLogger(__name__)

# A cloud clock this far from ours is worth a line: readings would look old or lie in the future.
_CLOCK_OFF_MS = 300_000
_ANSWERED_S = 30.0
_ANSWERED_LIMIT = 256  # commands in that time
_NOTE_EVERY_S = 10.0  # the last contact, for `status`: each time it is written to the card


async def hear(session: Session, link: Link) -> None:
    while True:
        messages = await link.heard()
        session.window = session.window.heard(time.monotonic())
        await _settle(session, [message for message in messages if isinstance(message, Receipt)])
        for message in messages:
            await _take(session, message, link)
        await _note_contact(session)
        session.stir.set()


async def _take(session: Session, message: Down, link: Link) -> None:
    match message:
        case Welcome():
            await _welcomed(session, message, link)
        case Refusal():
            await _refused(session, message)
        case Config() | Command() if not session.welcome.is_set():
            # The answer would overtake the birth, which says what ran before it and would be believed.
            session.early = [*session.early, message][-_ANSWERED_LIMIT:]
        case Config():
            await _answer(session, f"config {message.digest}", link, partial(session.rules.take, message))
        case Command():
            await _answer(session, message.id, link, partial(session.rules.obey, message))
        case RetryAfter():
            session.window = session.window.postponed(message, session.patience, time.monotonic())
            log.info("the cloud can't take this now (%s): again in %g s", message.code, message.after_s)


async def _welcomed(session: Session, welcome: Welcome, link: Link) -> None:
    if (welcome.epoch, welcome.session) != (session.outbox.epoch, session.number):
        return  # an answer to a birth before this one
    session.seen = {(one.alert, one.counter, one.by) for one in welcome.acknowledgements}
    session.told = welcome.told
    if session.welcome.is_set():
        # To a birth that was said twice, or to ask: who has nothing to send hears of a restore only so.
        if welcome.mark < session.floor_at_birth or welcome.incarnation != session.incarnation:
            raise Over(End.NEW_BIRTH)
        return
    known, session.incarnation = session.incarnation, welcome.incarnation
    if welcome.mark < session.floor_at_birth or known not in ("", welcome.incarnation):
        await _resend(session, welcome.mark)
    session.welcome.set()
    offset_ms = welcome.server_time - clock.now_ms()
    session.rules.hear_time(offset_ms, time.monotonic() - session.born_at)
    if welcome.acknowledgements:
        await session.rules.acknowledge(welcome.acknowledgements)
    log.info("connected with %s", link.place)
    if abs(offset_ms) > _CLOCK_OFF_MS:
        log.warning("this clock and the cloud's differ by %d s: check NTP here", offset_ms // 1000)
    for name, value in (("link", link.place), ("trouble", ""), ("incarnation", session.incarnation)):
        await session.outbox.note(name, value)
    early, session.early = session.early, []
    for message in early:
        await _take(session, message, link)


async def _settle(session: Session, receipts: Sequence[Receipt]) -> None:
    """Those that speak of a batch under way; others come late or twice and change nothing."""
    ours, forgotten = [], math.inf
    for receipt in receipts:
        flight = session.window.answered(receipt)
        if flight is None:
            continue
        if receipt.incarnation != session.incarnation:
            if session.welcome.is_set():
                raise Over(End.NEW_BIRTH)  # its welcome will tell which of the two clouds is there
            continue
        ours.append(receipt)
        session.window = session.window.receipted(key_of(flight.sealed), session.patience, time.monotonic())
        if receipt.mark < flight.floor:
            forgotten = min(forgotten, receipt.mark)
    if not ours:
        return
    await session.outbox.settle(ours)
    session.receipts += len(ours)
    session.floor = await session.outbox.settled_mark()
    for receipt in ours:
        if receipt.rejected or receipt.conflicting:
            log.warning(
                "batch %d: the cloud rejected %d readings and keeps %d aside that contradict earlier ones",
                receipt.number,
                len(receipt.rejected),
                receipt.conflicting,
            )
    if forgotten < math.inf:
        await _resend(session, int(forgotten))


async def _refused(session: Session, refusal: Refusal) -> None:
    flight = session.window.answered(refusal)
    if flight is None:
        return
    if refusal.code is RefusalCode.UNDECODABLE:
        await _park(session, flight, refusal)
    elif flight.sealed.epoch != session.outbox.epoch:
        await _seal_again(session, flight, refusal)
    else:
        log.warning(
            "batch %d is refused (%s): its readings go on in a new epoch", flight.sealed.number, refusal.code
        )
        await session.outbox.reseal()
        raise Over(End.NEW_BIRTH)


async def _park(session: Session, flight: Flight, refusal: Refusal) -> None:
    epoch, number = key = key_of(flight.sealed)
    log.error(
        "the cloud can't read batch %d (%s): it is parked, see `evara-agent status`", number, refusal.reason
    )
    is_current = epoch == session.outbox.epoch
    await session.outbox.park(epoch, number, refusal)
    if is_current:
        raise Over(End.NEW_BIRTH)
    session.window = session.window.without(key)


async def _seal_again(session: Session, flight: Flight, refusal: Refusal) -> None:
    """Of an epoch that is over, as a restored cloud gets it again: this batch alone goes on in ours."""
    epoch, number = key = key_of(flight.sealed)
    log.info("batch %d of an earlier epoch is refused (%s): it is sealed again", number, refusal.code)
    session.window = session.window.without(key)
    floor = session.floor
    sealed = await session.outbox.reseal_one(epoch, number)
    if sealed is not None:
        session.take(sealed, floor)


async def _resend(session: Session, mark: int) -> None:
    log.warning("the cloud forgot what it had receipted: all that is kept here goes to it again")
    await session.outbox.resend_from(mark, session.incarnation)
    raise Over(End.NEW_BIRTH)


async def _answer(session: Session, command: str, link: Link, obey: Callable[[], Awaitable[Result]]) -> None:
    """Do it and say what became of it. What is said again while the answer travels is not done again."""
    now = time.monotonic()
    session.answered = {one: at for one, at in session.answered.items() if now - at < _ANSWERED_S}
    if command in session.answered or len(session.answered) >= _ANSWERED_LIMIT:
        return  # it comes again
    session.answered[command] = now
    await link.send(UP_RESULT, codec.compress(codec.encode(await obey())))


async def _note_contact(session: Session) -> None:
    now = time.monotonic()
    if now - session.noted_at >= _NOTE_EVERY_S:
        session.noted_at = now
        await session.outbox.note("reached_at", str(clock.now_ms()))
