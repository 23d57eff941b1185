"""What is under way to the cloud, how much may be, and when it is sent again. Pure: it is given the time.

The window is the number of batches in the air. It doubles in a round trip while receipts come back
quickly, and halves when they don't; so a starved link is never filled with more than a few seconds.
"""

import math

import msgspec

from edge_agent.outbox.batches import Sealed
from protocol import codec
from protocol.messages import Receipt, Refusal, RetryAfter

SPAN = 32  # numbers of one epoch from the oldest without receipt to the newest
PAUSE_LIMIT_S = 300.0  # the longest wait a cloud may ask for

Key = tuple[str, int]  # epoch, number


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for what, in seconds."""

    connect_s: float = 10.0  # for the TCP connection, the TLS handshake and the broker's answer, each
    accept_s: float = 30.0  # for a PUBACK or an HTTP answer
    receipt_s: float = 10.0  # for a receipt the first time; doubles with every try
    longest_receipt_s: float = 120.0
    silence_s: float = 45.0  # unanswered for so long: the link is not trusted any more
    quiet_s: float = 300.0  # nothing heard for so long, though nothing is unanswered: it is asked
    reconnect_s: float = 1.0  # the first wait between two connections; doubles
    longest_reconnect_s: float = 30.0
    mqtt_again_s: float = 3600.0  # over HTTPS for so long before MQTT is tried again
    farewell_s: float = 2.0


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed batch without a receipt."""

    sealed: Sealed
    floor: int = 0  # every number up to it had a receipt before this one was sealed; 0: not known
    tries: int = 0  # sendings on this connection that nobody answered
    in_air: bool = False
    sent_at: float = 0.0
    due: float = 0.0  # in the air: the receipt is late from here on; else: may be sent from here on


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Everything without a receipt that this connection knows of. Times are seconds, monotonic."""

    size: float = 2.0  # batches in the air at once
    flights: dict[Key, Flight] = {}  # in the order of sealing
    halved_at: float = -math.inf
    paused_until: float = -math.inf  # the cloud asked for it
    waiting_since: float = 0.0  # something is unanswered, and since then nothing at all was heard


def key_of(sealed: Sealed) -> Key:
    return sealed.epoch, sealed.number


def add(window: Window, sealed: Sealed, floor: int = 0) -> Window:
    """The window with a batch that was sealed, now or by a process before this one."""
    return _with(window, Flight(sealed=sealed, floor=floor))


def has_room(window: Window, now: float) -> bool:
    """Whether one more batch may be sent."""
    in_air = sum(flight.in_air for flight in window.flights.values())
    return now >= window.paused_until and in_air < int(window.size)


def may_seal(window: Window, epoch: str, number: int) -> bool:
    """Whether the next number keeps the span."""
    oldest = min(
        (flight.sealed.number for key, flight in window.flights.items() if key[0] == epoch), default=number
    )
    return number - oldest < SPAN


def next_due(window: Window, now: float) -> Flight | None:
    """The oldest batch on the ground that may be sent now."""
    return next(
        (flight for flight in window.flights.values() if not flight.in_air and flight.due <= now), None
    )


def wake_at(window: Window, now: float) -> float:
    """When the window changes by itself: a receipt is late or a wait is over; infinity if never."""
    moments = [flight.due for flight in window.flights.values()] + [window.paused_until]
    return min((moment for moment in moments if moment > now), default=math.inf)


def sent(window: Window, key: Key, patience: Patience, now: float) -> Window:
    """A batch goes out, for the first time or again."""
    flight = window.flights[key]
    wait_s = min(patience.receipt_s * 2 ** min(flight.tries, 16), patience.longest_receipt_s)
    since = window.waiting_since if is_waiting(window) else now
    flight = msgspec.structs.replace(
        flight, tries=flight.tries + 1, in_air=True, sent_at=now, due=now + wait_s
    )
    return msgspec.structs.replace(_with(window, flight), waiting_since=since)


def expire(window: Window, now: float) -> Window:
    """Late batches come to the ground; the window halves once for all that were in the air together."""
    late = [flight for flight in window.flights.values() if flight.in_air and flight.due <= now]
    for flight in late:
        window = _with(window, msgspec.structs.replace(flight, in_air=False))
    if any(flight.sent_at >= window.halved_at for flight in late):
        window = msgspec.structs.replace(window, size=max(1.0, window.size / 2), halved_at=now)
    return window


def is_waiting(window: Window) -> bool:
    """Whether something was sent on this connection that nobody answered."""
    return any(flight.tries for flight in window.flights.values())


def silent_at(window: Window, patience: Patience) -> float:
    """When so much is unanswered for so long that the link must be taken for dead."""
    return window.waiting_since + patience.silence_s if is_waiting(window) else math.inf


def heard(window: Window, now: float) -> Window:
    """The cloud said something, whatever it was."""
    return msgspec.structs.replace(window, waiting_since=now)


def receipted(window: Window, key: Key, patience: Patience, now: float) -> Window:
    """A receipt: one less is under way. Room grows while answers are quick: a slow link fills a queue."""
    flight = window.flights[key]
    swift = flight.in_air and now - flight.sent_at <= patience.receipt_s / 3
    size = min(window.size + 1, float(SPAN)) if swift else window.size
    return msgspec.structs.replace(without(window, key), size=size)


def without(window: Window, key: Key) -> Window:
    return msgspec.structs.replace(
        window, flights={known: flight for known, flight in window.flights.items() if known != key}
    )


def postponed(window: Window, retry: RetryAfter, now: float) -> Window:
    """The cloud can't take this batch now, or, where it names none, nothing at all."""
    # A number that is no number of seconds at all (NaN) waits longest, too.
    until = now + (retry.after_s if 0 <= retry.after_s <= PAUSE_LIMIT_S else PAUSE_LIMIT_S)
    if not retry.epoch:
        on_ground = {
            key: msgspec.structs.replace(one, in_air=False, tries=0, due=until if one.in_air else one.due)
            for key, one in window.flights.items()
        }
        return msgspec.structs.replace(
            window, flights=on_ground, paused_until=until, waiting_since=max(window.waiting_since, until)
        )
    flight = window.flights.get((retry.epoch, retry.number))
    if flight is None:
        return window
    return _with(window, msgspec.structs.replace(flight, in_air=False, tries=0, due=until))


def answered(window: Window, answer: Receipt | Refusal) -> Flight | None:
    """The batch that a receipt or a refusal speaks of; None if it is none of these, or has other content."""
    flight = window.flights.get((answer.epoch, answer.number))
    if flight is not None and flight.sealed.digest == answer.digest:
        return flight
    if isinstance(answer, Receipt):
        return None
    # What the cloud could not decode it can name only by the payload as it arrived.
    return next(
        (
            one
            for one in window.flights.values()
            if codec.digest(codec.compress(one.sealed.body)) == answer.digest
        ),
        None,
    )


def _with(window: Window, flight: Flight) -> Window:
    return msgspec.structs.replace(window, flights={**window.flights, key_of(flight.sealed): flight})
