"""An agent's source whose readings are judged, to be killed:
python -m tests.edge_agent.watch.judged_source OUTBOX JOURNAL BEGINS

It hands over rows from its cursor on, the first at BEGINS; a line in the journal for each put it begins.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

import msgspec

from edge_agent import clock
from edge_agent.collect import collect
from edge_agent.outbox.judged import Rulebook
from edge_agent.outbox.store import open_outbox
from edge_agent.watch.stage import Watching
from firmware_bridge.fields import Measure
from firmware_bridge.source import Put
from protocol.reading import Point, Quality, Reading
from tests.edge_agent.watch.desk import document, rule

ROWS = 3_000  # fifty hours at one a minute
WEEK_S = 604_800
POINTS = [Point("d/level", "m"), Point("d/pump", "")]
RULES = document(
    rule(id="ladder", threshold=None, ladder=[
        {"threshold": 80, "severity": "warning"}, {"threshold": 95, "severity": "critical"},
    ], clear_threshold=60, late_after_s=WEEK_S),
    rule(id="held", threshold=70, for_s=180, count=3, clear_for_s=240, late_after_s=WEEK_S),
    rule(id="rate", kind="rate", threshold=5, per_s=60, min_dt_s=120, late_after_s=WEEK_S),
    rule(id="mean", kind="aggregate", threshold=55, window_s=3_600, late_after_s=WEEK_S),
    rule(id="dry", op="<", threshold=20, late_after_s=WEEK_S,
         **{"while": {"point": "pump", "op": "==", "value": 1}}),
    rule(id="broken", kind="fault", late_after_s=WEEK_S),
)  # fmt: skip


class Tank:
    """One device, whose readings are known from their number."""

    name = "tank"

    def __init__(self, journal: int, begins: int) -> None:
        self._journal = journal
        self._begins = begins

    def located(self, folder: Path) -> "Tank":
        return self

    def points(self) -> list[Point]:
        return POINTS

    def measures(self) -> dict[str, Measure]:
        return {}

    async def feed(self, put: Put, cursor: str | None) -> None:
        done = int(cursor or 0)
        while done < ROWS:
            size = min(random.randrange(21, 60), ROWS - done)  # so many do not wait to share a commit
            os.write(self._journal, b"put\n")
            rows = [one for n in range(done, done + size) for one in readings(n, self._begins)]
            await put(rows, str(done + size))
            done += size


def readings(n: int, begins: int) -> list[Reading]:
    at = begins + n * 60_000
    level = float((n * 7 + n * n % 97) % 101)
    if n % 53 == 0:
        found = Reading("d/level", at, None, Quality.FAULT)
    else:
        found = Reading("d/level", at, level, Quality.SUSPECT if n % 31 == 0 else 0)
    return [found, Reading("d/pump", at, float(n // 40 % 2))]


async def main(path: Path, journal: Path, begins: int) -> None:
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    watching = Watching(POINTS, [], clock.now_ms())
    async with open_outbox(path, judge=watching.judge) as outbox:
        if not await outbox.cursor("tank"):
            book = Rulebook("cloud", 1, "digest", msgspec.json.encode(RULES).decode())
            await outbox.change(lambda database: watching.apply(database, book, RULES))
        await outbox.change(watching.begin)
        await collect(Tank(file, begins), outbox)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
