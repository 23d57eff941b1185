"""A watch in two parts: what seldom changes, and what every sample does. The second is small and shared.

Ten points with five rules each are fifty watches, and a sample moves `judged_at` in all of them. A row for
each point says it once, with what is other in single watches; so a calm second costs a page, not fifty rows.
"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from protocol.judge import Memory, Slot
from protocol.rule import Kind
from protocol.terms import Terms
from protocol.watched import Watch


class Tail(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Of one watch."""

    judged_at: int | None = None
    value: float | None = None
    beside: float | None = None
    mark: tuple[int, float] | None = None
    slot: Slot | None = None  # the newest
    seen_at: int = 0  # of the alert


class Heard(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Of one point."""

    at: int | None = None  # the newest good reading, ms; None: none yet
    value: float | None = None
    tails: dict[str, Tail] = {}  # by rule, where it is another than `_usual`; times are less `at`


def split(watch: Watch) -> tuple[Watch, Tail]:
    """`join` puts them together again."""
    memory, alert = watch.memory, watch.alert
    slot = memory.slots[-1] if memory.slots else None
    tail = Tail(memory.judged_at, memory.value, memory.beside, memory.mark, slot, alert.seen_at)
    base = Watch(
        watch.listening_since,
        replace(alert, seen_at=0) if alert.seen_at else alert,
        Memory(slots=memory.slots[:-1], since=memory.since),
    )
    return base, tail


def join(base: Watch, tail: Tail) -> Watch:
    slots = base.memory.slots if tail.slot is None else [*base.memory.slots, tail.slot]
    memory = Memory(tail.judged_at, tail.value, tail.beside, tail.mark, slots, base.memory.since)
    return Watch(base.listening_since, replace(base.alert, seen_at=tail.seen_at), memory)


def gathered(at: int | None, value: float | None, tails: Iterable[tuple[Terms, Tail]]) -> Heard:
    """What is written of a point."""
    others = {
        one.rule: _moved(tail, -(at or 0)) for one, tail in tails if tail != _usual(one.kind, at, value)
    }
    return Heard(at, value, others)


def restored(base: Watch, heard: Heard, terms: Terms) -> Watch:
    """A watch from its two rows."""
    other = heard.tails.get(terms.rule)
    usual = _usual(terms.kind, heard.at, heard.value)
    return join(base, usual if other is None else _moved(other, heard.at or 0))


def _usual(kind: Kind, at: int | None, value: float | None) -> Tail:
    """Of a watch that judged the newest good reading by itself."""
    return Tail(at, 0.0 if kind is Kind.FAULT and value is not None else value)


def _moved(tail: Tail, by: int) -> Tail:
    """Small times take one byte, those of today nine."""
    return replace(
        tail,
        judged_at=None if tail.judged_at is None else tail.judged_at + by,
        mark=tail.mark and (tail.mark[0] + by, tail.mark[1]),
    )


encode = msgspec.msgpack.Encoder().encode
decode_heard = msgspec.msgpack.Decoder(Heard).decode
