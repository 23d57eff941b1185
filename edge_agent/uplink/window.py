"""What is under way to the cloud, how much may be, and when it is sent again. Pure: it is given the time.

The window is the number of batches in the air. It doubles in a round trip while receipts come back
quickly, and halves when they don't; so a starved link is never filled with more than a few seconds.
"""

import math
from typing import Self

import msgspec
from msgspec.structs import replace

from edge_agent.outbox.batches import Sealed
from protocol import codec
from protocol.messages import Receipt, Refusal, RetryAfter

SPAN = 32  # numbers of one epoch from the oldest without receipt to the newest
PAUSE_LIMIT_S = 300.0  # the longest wait a cloud may ask for
_DOUBLINGS = 16  # at most: every limit is reached long before

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
    tries: int = 0  # sendings on this connection; each makes the next wait longer
    unanswered: bool = False  # it was sent, and nothing was said about it since
    in_air: bool = False
    sent_at: float = 0.0
    due: float = 0.0  # in the air: the receipt is late from here on; else: may be sent from here on


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Everything without a receipt that this connection knows of. Times are seconds, monotonic."""

    size: float = 2.0  # batches in the air at once
    flights: dict[Key, Flight] = {}  # in the order of sealing
    halved_at: float = -math.inf
    paused_until: float = -math.inf  # the cloud asked for it
    pauses: int = 0  # asked for in a row, without a receipt between
    waiting_since: float = 0.0  # something is unanswered, and since then nothing at all was heard

    def add(self, sealed: Sealed, floor: int = 0) -> Self:
        """With a batch that was sealed, now or by a process before this one."""
        return self._with(Flight(sealed=sealed, floor=floor))

    def has_room(self, now: float) -> bool:
        """Whether one more batch may be sent."""
        in_air = sum(flight.in_air for flight in self.flights.values())
        return now >= self.paused_until and in_air < int(self.size)

    def may_seal(self, epoch: str, number: int) -> bool:
        """Whether the next number keeps the span."""
        oldest = min((known for name, known in self.flights if name == epoch), default=number)
        return number - oldest < SPAN

    def is_full(self) -> bool:
        """Whether what has no receipt is enough, in whatever epochs: each one is held in memory."""
        return len(self.flights) >= SPAN

    def next_due(self, now: float) -> Flight | None:
        """The oldest batch on the ground that may be sent now."""
        return next(
            (flight for flight in self.flights.values() if not flight.in_air and flight.due <= now), None
        )

    def wake_at(self, now: float) -> float:
        """When something changes by itself: a receipt is late or a wait is over; infinity if never."""
        moments = [flight.due for flight in self.flights.values()] + [self.paused_until]
        return min((moment for moment in moments if moment > now), default=math.inf)

    def sent(self, key: Key, patience: Patience, now: float) -> Self:
        """A batch goes out, for the first time or again."""
        flight = self.flights[key]
        wait_s = _longer(patience.receipt_s, flight.tries, patience)
        since = self.waiting_since if self.is_waiting() else now
        flight = replace(
            flight, tries=flight.tries + 1, unanswered=True, in_air=True, sent_at=now, due=now + wait_s
        )
        return replace(self._with(flight), waiting_since=since)

    def expire(self, now: float) -> Self:
        """Late batches come to the ground; the size halves once for all that were in the air together."""
        late = [flight for flight in self.flights.values() if flight.in_air and flight.due <= now]
        window = self
        for flight in late:
            window = window._with(replace(flight, in_air=False))
        if any(flight.sent_at >= self.halved_at for flight in late):
            window = replace(window, size=max(1.0, self.size / 2), halved_at=now)
        return window

    def is_waiting(self) -> bool:
        """Whether something was sent on this connection that nobody answered."""
        return any(flight.unanswered for flight in self.flights.values())

    def silent_at(self, patience: Patience) -> float:
        """When so much is unanswered for so long that the link must be taken for dead."""
        return self.waiting_since + patience.silence_s if self.is_waiting() else math.inf

    def heard(self, now: float) -> Self:
        """The cloud said something, whatever it was."""
        return replace(self, waiting_since=now)

    def receipted(self, key: Key, patience: Patience, now: float) -> Self:
        """A receipt: one less is under way. Room grows while answers are quick: a slow link fills a queue."""
        flight = self.flights[key]
        swift = flight.in_air and now - flight.sent_at <= patience.receipt_s / 3
        size = min(self.size + 1, float(SPAN)) if swift else self.size
        return replace(self.without(key), size=size, pauses=0)

    def without(self, key: Key) -> Self:
        return replace(self, flights={known: one for known, one in self.flights.items() if known != key})

    def postponed(self, retry: RetryAfter, patience: Patience, now: float) -> Self:
        """The cloud can't take this batch now, or, where it names none, nothing at all.

        Each answer of the kind makes the next wait longer: an outage must not cost a month's data.
        """
        # A number that is no number of seconds at all (NaN) waits longest, too.
        asked_s = retry.after_s if 0 <= retry.after_s <= PAUSE_LIMIT_S else PAUSE_LIMIT_S
        if not retry.epoch:
            return self._paused(asked_s, patience, now)
        flight = self.flights.get((retry.epoch, retry.number))
        if flight is None:
            return self
        due = now + _longer(asked_s, flight.tries - 1, patience)
        return self._with(replace(flight, in_air=False, unanswered=False, due=due))

    def _paused(self, asked_s: float, patience: Patience, now: float) -> Self:
        """Everything rests; then a single batch asks whether the cloud is well again."""
        if now < self.paused_until:  # the same trouble, told to another batch of those in the air
            until, pauses = max(self.paused_until, now + asked_s), self.pauses
        else:
            until, pauses = now + _longer(asked_s, self.pauses, patience), self.pauses + 1
        on_ground = {
            key: replace(one, in_air=False, unanswered=False, tries=0, due=until if one.in_air else one.due)
            for key, one in self.flights.items()
        }
        return replace(
            self,
            size=1.0,
            flights=on_ground,
            paused_until=until,
            pauses=pauses,
            waiting_since=max(self.waiting_since, until),
        )

    def answered(self, answer: Receipt | Refusal) -> Flight | None:
        """The batch a receipt or a refusal speaks of; None if it is none of these, or has other content."""
        flight = self.flights.get((answer.epoch, answer.number))
        if flight is not None and flight.sealed.digest == answer.digest:
            return flight
        if isinstance(answer, Receipt):
            return None
        # What the cloud could not decode it can name only by the payload as it arrived.
        return next(
            (
                one
                for one in self.flights.values()
                if codec.digest(codec.compress(one.sealed.body)) == answer.digest
            ),
            None,
        )

    def _with(self, flight: Flight) -> Self:
        return replace(self, flights={**self.flights, key_of(flight.sealed): flight})


def key_of(sealed: Sealed) -> Key:
    return sealed.epoch, sealed.number


def _longer(first_s: float, tries: int, patience: Patience) -> float:
    """A wait that doubles with every try up to the limit, but is never shorter than it was at first."""
    first_s = first_s or patience.receipt_s  # where no time is asked for
    doubled_s = first_s * 2.0 ** min(max(0, tries), _DOUBLINGS)
    return max(first_s, min(doubled_s, patience.longest_receipt_s))
