"""Two boxes with one outbox and one credential, against the cloud's own ledger: nothing is lost."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from cloud.ingest.ledger import Page, Verdict, enter, judge
from edge_agent.outbox.batches import Sealed
from edge_agent.outbox.store import Outbox, open_outbox
from protocol.messages import Lane
from tests.edge_agent.outbox.contents import look, readings_of
from tests.edge_agent.outbox.test_store import readings, receipt


class Cloud:
    """What the cloud does with batches, by its own ledger."""

    def __init__(self) -> None:
        self.stored: set[tuple[str, int, float | None]] = set()
        self.boxes: list[Outbox] = []
        self._pages: dict[str, Page] = {}

    async def take(self, outbox: Outbox, batches: Sequence[Sealed]) -> None:
        for sealed in batches:
            page = self._pages.get(sealed.epoch, Page())
            verdict = judge(page, sealed.number, sealed.digest)
            if verdict in (Verdict.CONFLICT, Verdict.STALE):
                if sealed.epoch != outbox.epoch:
                    await outbox.reseal_one(sealed.epoch, sealed.number)
                    continue
                await outbox.reseal()
                return
            if verdict is Verdict.FRESH:
                self._pages[sealed.epoch] = enter(page, sealed.number, sealed.digest)
                self.stored.update((r.point, r.at, r.value) for r in readings_of(sealed.body))
            for box in self.boxes:  # one credential, one topic: every box hears every receipt
                await box.settle([receipt(sealed)])

    async def drain(self, outbox: Outbox) -> None:
        while (await outbox.queue()).readings:
            if not await outbox.unsettled():
                await outbox.seal(Lane.LIVE, 50)
                await outbox.seal(Lane.BACKLOG, 50)
            await self.take(outbox, await outbox.unsettled())


@pytest.mark.parametrize(
    "copied_at", [0, 1, 70], ids=["unsealed", "one batch under way", "older than the ledger"]
)
async def test_a_copied_outbox_loses_nothing(tmp_path: Path, copied_at: int) -> None:
    """A cloned card, or one restored from an older image: both boxes go on, with one credential."""
    cloud, original, clone = Cloud(), tmp_path / "original.db", tmp_path / "clone.db"
    async with open_outbox(original) as outbox:
        await outbox.append("s", readings(*range(300)))
        if copied_at:
            await outbox.seal(Lane.LIVE, 10)
    shutil.copy(original, clone)
    async with open_outbox(original) as one, open_outbox(clone) as two:
        assert one.epoch == two.epoch
        cloud.boxes = [one, two]
        for n in range(copied_at):  # the original lives on alone for a while
            await one.append("s", readings(1000 + n, point="one/m"))
            await cloud.drain(one)
        await one.append("s", readings(*range(200), point="one/m"))
        await two.append("s", readings(*range(200), point="two/m"))
        await asyncio.gather(cloud.drain(one), cloud.drain(two))
        assert one.epoch != two.epoch
    for path in (original, clone):
        assert {(point, at) for point, at, _ in cloud.stored} >= look(path).readings.keys()
    assert len({(point, at) for point, at, _ in cloud.stored}) == len(cloud.stored)
    assert len(cloud.stored) == 300 + 200 + 200 + copied_at
