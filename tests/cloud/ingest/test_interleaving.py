"""Any interleaving of batches, duplicates, resends and epochs: the rows are the union, and never doubled."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cloud.ingest.commit import accept
from cloud.store.database import Database, open_database
from cloud.store.points import PointIds
from cloud.store.tables.readings import latest
from protocol import codec
from protocol.messages import Batch, Receipt, Refusal
from tests import schema
from tests.cloud.ingest.making import GATEWAYS, LEVEL, NOW, arrived, at, batch, enter_site, stored

PLACES = st.integers(min_value=0, max_value=len(GATEWAYS) - 1)
MINUTES = st.lists(st.integers(min_value=-10, max_value=40), max_size=6)


class Interleaving(RuleBasedStateMachine):
    """Two gateways that share a point; every reading's value follows from its time, as a device's would."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.database: Database = self.loop.run_until_complete(self.open())
        self.ids = PointIds()
        self.epochs = [0, 0]
        self.numbers = [0, 0]
        self.sent: list[tuple[int, Batch]] = []
        self.expected: dict[int, float | None] = {}

    async def open(self) -> Database:
        database = await open_database(schema.make_sqlite(Path(self.folder.name)))
        await enter_site(database)
        return database

    @rule(place=PLACES, minutes=MINUTES, together=st.integers(min_value=1, max_value=3))
    def send(self, place: int, minutes: list[int], together: int) -> None:
        group = []
        for _ in range(together):
            self.numbers[place] += 1
            group.append((place, self.make(place, self.numbers[place], minutes)))
        self.commit(group)

    @rule(place=PLACES, minutes=MINUTES, ahead=st.integers(min_value=2, max_value=40))
    def leave_a_gap(self, place: int, minutes: list[int], ahead: int) -> None:
        self.numbers[place] += ahead
        self.commit([(place, self.make(place, self.numbers[place], minutes))])

    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        if self.sent:
            chosen = data.draw(st.lists(st.sampled_from(range(len(self.sent))), min_size=1, max_size=5))
            self.commit([self.sent[index] for index in chosen])

    @rule(place=PLACES)
    def begin_an_epoch(self, place: int) -> None:
        self.epochs[place] += 1
        self.numbers[place] = 0

    @rule(place=PLACES, minutes=MINUTES)
    def reuse_a_number(self, place: int, minutes: list[int]) -> None:
        if self.numbers[place]:
            self.commit([(place, self.make(place, self.numbers[place], minutes))])

    @invariant()
    def rows_are_the_union(self) -> None:
        found = self.loop.run_until_complete(stored(self.database)).get(LEVEL.name, {})
        assert found == self.expected

    @invariant()
    def the_latest_is_the_newest_that_is_not_in_the_future(self) -> None:
        times = [when for when in self.expected if when <= NOW + 300_000]

        async def read() -> int | None:
            async with self.database.reading() as connection:
                found: int | None = await connection.scalar(select(latest.c.at))
                return found

        assert self.loop.run_until_complete(read()) == max(times, default=None)

    def make(self, place: int, number: int, minutes: list[int]) -> Batch:
        samples = [(minute, float(minute)) for minute in minutes]
        return batch(number, samples, epoch=f"{GATEWAYS[place]}-{self.epochs[place]}")

    def commit(self, group: list[tuple[int, Batch]]) -> None:
        outcome = self.loop.run_until_complete(
            accept(
                self.database,
                self.ids,
                "i",
                [arrived(message, GATEWAYS[place]) for place, message in group],
                NOW,
            )
        )
        for (place, message), answer in zip(group, outcome.answers, strict=True):
            # Resent ones may be stale by now: their readings are there all the same.
            assert isinstance(answer, Receipt | Refusal)
            if isinstance(answer, Receipt):
                assert answer.conflicting == 0
                self.sent.append((place, message))
                self.expected |= {at(value): value for value in self.values(message)}

    @staticmethod
    def values(message: Batch) -> list[float]:
        return [value for series in message.series for value in codec.values(series) if value is not None]

    def teardown(self) -> None:
        self.loop.run_until_complete(self.database.close())
        self.loop.close()
        self.folder.cleanup()


def test_any_interleaving_gives_the_union() -> None:
    run_state_machine_as_test(
        Interleaving,
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
