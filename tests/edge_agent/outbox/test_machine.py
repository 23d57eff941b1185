"""Whatever is done to an outbox in whatever order: every reading is at every moment in exactly one place."""

import asyncio
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge_agent.outbox import events
from edge_agent.outbox.batches import Sealed
from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.store import open_outbox
from protocol.messages import Lane, Loss, Receipt, Refusal, RefusalCode, Transition
from protocol.reading import Reading
from tests.edge_agent.outbox.contents import decode, ids_of, look, readings_of

AT = 1_700_000_000_000
SIZES = st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128, 256])


class OutboxMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outbox.db"
        self.now = AT + 100_000_000  # no reading is from the future
        self.counter = count(1)
        self.kept: Counter[tuple[str, int]] = Counter()
        self.ids: set[str] = set()
        self.receipted: set[tuple[str, int]] = set()  # readings the cloud has: they may be forgotten
        self.receipted_ids: set[str] = set()
        self.bodies: dict[tuple[str, int], bytes] = {}  # of every batch as it was first seen
        self.open()

    def open(self) -> None:
        self.stack = AsyncExitStack()
        self.outbox = self.runner.run(
            self.stack.enter_async_context(open_outbox(self.path, now=lambda: self.now))
        )

    def under_way(self) -> list[Sealed]:
        return self.runner.run(self.outbox.unsettled())

    def remember(self, sealed: Sealed) -> None:
        """Bytes never change while epoch and number stay."""
        key = sealed.epoch, sealed.number
        assert self.bodies.setdefault(key, sealed.body) == sealed.body
        assert (decode(sealed.body).epoch, decode(sealed.body).number) == key
        assert sealed.readings == len(readings_of(sealed.body))

    @rule(size=SIZES, points=st.sampled_from([1, 2, 8]), transitions=st.integers(0, 3))
    def append(self, size: int, points: int, transitions: int) -> None:
        readings = [
            Reading(f"d/m{n % points}", AT + n * 1000, float(n))
            for n in (next(self.counter) for _ in range(size))
        ]
        steps = [
            Transition(id=f"t{next(self.counter)}", alert="a", rule="r", rule_version=1, point="d/m0",
                       state="firing", at=AT, learned_at=AT)
            for _ in range(transitions)
        ]  # fmt: skip
        self.runner.run(self.outbox.append("source", readings))
        self.runner.run(self.outbox.change(lambda database: events.add(database, steps, [])))
        self.kept.update((reading.point, reading.at) for reading in readings)
        self.ids.update(step.id for step in steps)

    @rule()
    def lose(self) -> None:
        loss = Loss(id=f"l{next(self.counter)}", since=AT, until=AT, count=1)
        self.runner.run(self.outbox.record_loss(loss))
        self.runner.run(self.outbox.record_loss(loss))
        self.ids.add(loss.id)

    @rule(lane=st.sampled_from(Lane), limit=SIZES)
    def seal(self, lane: Lane, limit: int) -> None:
        sealed = self.runner.run(self.outbox.seal(lane, limit))
        if sealed is not None:
            self.remember(sealed)
            assert sealed in self.under_way()

    @precondition(lambda self: self.under_way())
    @rule(data=st.data(), digest_of_another_box=st.booleans())
    def settle(self, data: st.DataObject, digest_of_another_box: bool) -> None:
        sealed = data.draw(st.sampled_from(self.under_way()))
        digest = "0" * 32 if digest_of_another_box else sealed.digest
        receipt = Receipt(
            epoch=sealed.epoch, number=sealed.number, digest=digest, incarnation="i", mark=2**40
        )
        if not digest_of_another_box:
            self.receipted.update((reading.point, reading.at) for reading in readings_of(sealed.body))
            batch = decode(sealed.body)
            self.receipted_ids.update(ids_of(batch))
        self.runner.run(self.outbox.settle([receipt, receipt]))
        assert (sealed in self.under_way()) is digest_of_another_box

    @precondition(lambda self: self.under_way())
    @rule(data=st.data())
    def park(self, data: st.DataObject) -> None:
        sealed, epoch = data.draw(st.sampled_from(self.under_way())), self.outbox.epoch
        refusal = Refusal(code=RefusalCode.UNDECODABLE, reason="no", digest="d", incarnation="i")
        self.runner.run(self.outbox.park(sealed.epoch, sealed.number, refusal))
        assert sealed not in self.under_way()
        # A number that will never have a receipt is in no current epoch.
        assert (self.outbox.epoch == epoch) is (sealed.epoch != epoch)

    @precondition(lambda self: self.under_way())
    @rule(data=st.data())
    def reseal_one(self, data: st.DataObject) -> None:
        before, epoch = self.under_way(), self.outbox.epoch
        one = data.draw(st.sampled_from(before))
        again = self.runner.run(self.outbox.reseal_one(one.epoch, one.number))
        assert again is not None
        assert again.epoch == self.outbox.epoch == epoch
        assert [again if known == one else known for known in before] == self.under_way()
        self.remember(again)

    @rule()
    def reseal(self) -> None:
        before, epoch = self.under_way(), self.outbox.epoch
        self.runner.run(self.outbox.reseal())
        after = self.under_way()
        assert [one.readings for one in after] == [one.readings for one in before]
        assert all(one.epoch == self.outbox.epoch != epoch for one in after)
        assert [one.number for one in after] == list(range(1, len(after) + 1))
        for one in after:
            self.remember(one)

    @rule(share=st.sampled_from([0.0, 0.5, 1.0]))
    def restore_the_cloud(self, share: float) -> None:
        mark = int(self.runner.run(self.outbox.settled_mark()) * share)
        self.runner.run(self.outbox.resend_from(mark, f"cloud-{mark}"))
        assert self.runner.run(self.outbox.settled_mark()) == 0
        assert self.runner.run(self.outbox.notes())["incarnation"] == f"cloud-{mark}"

    @rule()
    def reopen(self) -> None:
        before, epoch = self.under_way(), self.outbox.epoch
        self.runner.run(self.stack.aclose())
        self.open()
        assert self.under_way() == before
        assert self.outbox.epoch == epoch

    @rule(days=st.sampled_from([1, 4, 8]))
    def wait(self, days: int) -> None:
        self.now += days * 86_400_000

    @invariant()
    def every_reading_is_in_one_place(self) -> None:
        if not hasattr(self, "outbox"):
            return
        found = look(self.path)
        assert not found.readings - self.kept
        assert not {key for key in self.kept - found.readings if key not in self.receipted}
        assert all(times == 1 for times in found.readings.values())
        assert all(times == 1 for times in found.numbers.values())
        assert all(times == 1 for times in found.waiting.values())
        assert self.ids <= found.waiting.keys() | found.refused | self.receipted_ids

    @invariant()
    def what_it_says_is_what_it_holds(self) -> None:
        if not hasattr(self, "outbox"):
            return
        found, queue = look(self.path), self.runner.run(self.outbox.queue())
        facts = read_facts(self.path, self.now)
        assert queue.readings == (found.unsealed + found.sealed).total()
        assert queue == facts.queue
        newest = {point.name: point.at for point in facts.points}
        for name in newest:
            assert newest[name] == max(at for point, at in self.kept if point == name)

    def teardown(self) -> None:
        if hasattr(self, "outbox"):
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=32, deadline=None)
TestOutbox = OutboxMachine.TestCase
