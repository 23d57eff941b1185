"""An agent's source whose readings are checked and derived from, to be killed:
python -m tests.edge_agent.refined_source OUTBOX JOURNAL.

It hands over rows from its cursor on; a line in the journal for each put that it begins.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

import msgspec

from edge_agent.collect import collect
from edge_agent.outbox.store import open_outbox
from firmware_bridge.fields import Field, Measure, check, measures_of, points_of
from firmware_bridge.source import Put
from protocol.reading import Point, Reading

AT, ROWS = 1_767_225_600_000, 3_000
FIELDS = msgspec.convert(
    [
        {
            "field": 1,
            "metric": "total",
            "unit": "L",
            "checks": {"max_per_min": 500, "resolution": 1, "spike_window": 7},
            "derived": [
                {
                    "metric": "rate",
                    "kind": "rate_from_total",
                    "calibrations": [{"from": "2020-01-01T00:00:00Z"}, {"from": "2026-01-01T02:00:00Z"}],
                },
                {
                    "metric": "again",
                    "of": "rate",
                    "kind": "total_from_rate",
                    "calibrations": [{"from": "2020-01-01T00:00:00Z"}],
                },
            ],
        }
    ],
    list[Field],
)


class Meter:
    """One device, whose readings are known from their number: it counts, spikes, and is replaced once."""

    name = "meter"

    def __init__(self, journal: int) -> None:
        self._journal = journal
        check(FIELDS)

    def located(self, folder: Path) -> "Meter":
        return self

    def points(self) -> list[Point]:
        return points_of("d", FIELDS, 60.0)

    def measures(self) -> dict[str, Measure]:
        return measures_of("d", FIELDS)

    async def feed(self, put: Put, cursor: str | None) -> None:
        done = int(cursor or 0)
        while done < ROWS:
            size = min(random.randrange(21, 60), ROWS - done)  # so many do not wait to share a commit
            os.write(self._journal, b"put\n")
            await put([reading(n) for n in range(done, done + size)], str(done + size))
            done += size


def reading(n: int) -> Reading:
    value = 9e6 if n % 37 == 20 else float(n * n % 97 + 100 * n - (150_000 if n > 1_700 else 0))
    return Reading("d/total", AT + n * 60_000, value)


async def main(path: Path, journal: Path) -> None:
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    async with open_outbox(path) as outbox:
        await collect(Meter(file), outbox)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
