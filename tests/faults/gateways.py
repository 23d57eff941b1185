"""A simulated gateway: numbers its batches, keeps each until its receipt, sends it again with a back-off.

It deletes only what was receipted. How bytes travel is the link's business (links.py).
"""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator

import msgspec

from protocol import codec
from protocol.backoff import delays
from protocol.messages import Batch, Birth, Message, Receipt, Refusal, RefusalCode, RetryAfter, Welcome
from protocol.reading import Reading
from tests.faults.journal import Fate, Journal, Receipted, Sent
from tests.faults.load import Measured, points

WINDOW = 32  # numbers that unreceipted batches span
RESEND_S = 2.0  # the first wait for a receipt, and the longest; scaled down from the agent's
LONGEST_RESEND_S = 8.0
AT_ONCE = 8  # batches that are being published

Publish = Callable[[bytes], Awaitable[Iterable[Message]]]  # a payload; what came back with it
Key = tuple[str, int]  # epoch, number


class Waiting(msgspec.Struct):
    """A batch without a receipt."""

    measured: Measured
    body: bytes
    planned_s: float  # monotonic: when the plan wanted it sent
    due_s: float  # monotonic: not to be sent before
    waits: Iterator[float]
    sendings: int = 0


class Gateway:
    def __init__(self, name: str, secret: str, journal: Journal, chance: random.Random) -> None:
        self.name = name
        self.secret = secret
        self.epoch = str(uuid.UUID(int=chance.getrandbits(128)))
        self.next_number = 1
        self.waiting: dict[Key, Waiting] = {}
        self.refusals: list[Refusal] = []
        self.resend_s = RESEND_S
        self.copies = 1  # of every payload, published at once
        self.bodies: list[bytes] = []  # everything ever sealed, for cases that send it again
        self.sendings = 0
        self.welcomes = 0
        self.heard_s = 0.0  # monotonic: when anything last came, lost on the way or not
        self.hears: Callable[[Message], bool] = lambda _: True  # a case may have answers lost on the way
        self.may_send = asyncio.Event()  # a case stops all sending while it looks at a crash
        self.may_send.set()
        self._journal = journal
        self._session = 0
        self._changed = asyncio.Event()

    def take(self, measured: Measured, planned_s: float) -> None:
        """Number it, write it down, then let it go."""
        key, body, rows = self._seal(measured)
        losses = [(self.name, loss.id) for loss in measured.losses]
        self._journal.write_sent(rows, losses)  # no await before it waits: what is written down is sent
        waits = delays(self.resend_s, LONGEST_RESEND_S)
        self.waiting[key] = Waiting(measured, body, planned_s, planned_s, waits)
        self._changed.set()

    async def produce(self, plan: Iterator[tuple[float, Measured]], started_s: float) -> None:
        """Follow the plan, however late the system is."""
        for at_s, measured in plan:
            await asyncio.sleep(started_s + at_s - time.monotonic())
            self.take(measured, started_s + at_s)

    def birth(self) -> bytes:
        self._session += 1
        birth = Birth(
            epoch=self.epoch, session=self._session, points=points(self.name),
            next_number=self.next_number, heartbeat_s=60.0,
        )  # fmt: skip
        return codec.compress(codec.encode(birth))

    async def deliver(self, publish: Publish) -> None:
        """Send what is due, for ever. Raises what the link raises; what was under way is sent again later."""
        while True:
            await self.may_send.wait()
            now = time.monotonic()
            due = [one for one in self._window() if one.due_s <= now]
            await _all_of(self._send(publish, one) for one in due[:AT_ONCE])
            if not due:
                await self._sleep_until(min((one.due_s for one in self._window()), default=now + 60))

    async def _send(self, publish: Publish, one: Waiting) -> None:
        """Publish as many copies as wanted, all at once, and hear what comes back at once."""
        await self.may_send.wait()
        one.due_s = time.monotonic() + next(one.waits)
        one.sendings += 1
        self.sendings += 1
        payload = codec.compress(one.body)
        await _all_of(self._publish(publish, payload) for _ in range(self.copies))

    async def _publish(self, publish: Publish, payload: bytes) -> None:
        for message in await publish(payload):
            self.hear(message)

    def hear(self, message: Message) -> None:
        self.heard_s = time.monotonic()
        if not self.hears(message):
            return
        if isinstance(message, Receipt):
            self._settle(message)
        elif isinstance(message, Refusal):
            self.refusals.append(message)
            if message.code is not RefusalCode.UNDECODABLE and self._is_ours(message):
                self.reseal()
        elif isinstance(message, RetryAfter):
            if one := self.waiting.get((message.epoch, message.number)):
                one.due_s = time.monotonic() + message.after_s
        elif isinstance(message, Welcome):
            self.welcomes += 1
        self._changed.set()

    def reseal(self) -> None:
        """Everything without a receipt again, in a new epoch: the numbers of the old one are used up."""
        self.epoch, self.next_number = str(uuid.uuid4()), 1
        old, self.waiting = list(self.waiting.values()), {}
        for one in old:
            self.take(one.measured, one.planned_s)

    def oldest_s(self) -> float:
        """Since when the longest waiting batch has been due, in seconds; 0 where none waits."""
        now = time.monotonic()
        return max((now - one.planned_s for one in self.waiting.values()), default=0.0)

    def _seal(self, measured: Measured) -> tuple[Key, bytes, list[Sent]]:
        number, self.next_number = self.next_number, self.next_number + 1
        table = points(self.name)
        readings = [reading for reading, _ in measured.readings]
        batch = Batch(
            epoch=self.epoch, number=number, points=table, series=codec.pack(readings, table),
            losses=measured.losses, transitions=measured.transitions,
        )  # fmt: skip
        rows = [
            self._row(number, place, reading, fate) for place, (reading, fate) in enumerate(measured.readings)
        ]
        body = codec.encode(batch)
        self.bodies.append(body)
        return (self.epoch, number), body, rows

    def _row(self, number: int, place: int, reading: Reading, fate: Fate) -> Sent:
        return Sent(self.name, self.epoch, number, place, reading.point, reading.at, reading.value, fate)

    def _window(self) -> list[Waiting]:
        """What may be under way at once: unreceipted numbers of an epoch span at most WINDOW."""
        first = next(iter(self.waiting), None)
        if first is None:
            return []
        return [
            one
            for (epoch, number), one in self.waiting.items()
            if epoch == first[0] and number < first[1] + WINDOW
        ]

    def _is_ours(self, message: Receipt | Refusal) -> bool:
        """Whether it speaks of this very content: another box may use the same number."""
        one = self.waiting.get((message.epoch, message.number))
        return one is not None and codec.digest(one.body) == message.digest

    def _settle(self, receipt: Receipt) -> None:
        if self._is_ours(receipt):
            one = self.waiting.pop((receipt.epoch, receipt.number))
            self._journal.write_receipt(
                Receipted(
                    gateway=self.name,
                    epoch=receipt.epoch,
                    number=receipt.number,
                    planned_s=one.planned_s,
                    heard_s=time.monotonic(),
                    conflicting=receipt.conflicting,
                    rejected=len(receipt.rejected),
                )
            )

    async def _sleep_until(self, due_s: float) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(max(0.0, due_s - time.monotonic())):
                await self._changed.wait()
        except TimeoutError:
            return


async def _all_of(sendings: Iterable[Awaitable[None]]) -> None:
    """At once, and each to its end: a connection that is cancelled while it opens would never be closed."""
    for outcome in await asyncio.gather(*sendings, return_exceptions=True):
        if outcome is not None:
            raise outcome
