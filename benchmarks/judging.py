"""What judging costs at a gateway: the pure code alone, and what it adds to an outbox that keeps readings."""

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from benchmarks import processes
from benchmarks.result import Better, Result, Results
from edge_agent.outbox.judged import Judge, Rulebook, nobody
from edge_agent.outbox.store import open_outbox
from edge_agent.watch.plan import Plan
from edge_agent.watch.stage import Watching
from protocol.judge import Sample
from protocol.reading import Point, Reading
from protocol.rule import Document
from protocol.watch import observe
from protocol.watched import Watch

POINTS = [Point(f"tank-{number}/level", "m", 60.0) for number in range(10)]
SAMPLES = 4_000  # of a point, for the pure code
PUTS = 2_000  # of one reading of each point, for the outbox
WARM_UP = 100
START = 1_795_000_000_000
MINUTE = 60_000

# Five rules on every point, one of each kind that looks at values and one of silence.
RULES = [
    {
        "id": "high",
        "kind": "threshold",
        "ladder": [{"threshold": 80, "severity": "warning"}, {"threshold": 95, "severity": "critical"}],
        "clear_threshold": 60,
    },
    {"id": "low", "kind": "threshold", "op": "<", "threshold": 5, "for_s": 180, "clear_for_s": 240},
    {"id": "rate", "kind": "rate", "threshold": 90, "per_s": 60, "min_dt_s": 120},
    {"id": "mean", "kind": "aggregate", "threshold": 70, "window_s": 3_600},
    {"id": "silent", "kind": "no_data", "for_s": 1_800},
]
DOCUMENT = msgspec.convert({"rules": [one | {"scope": {"metric": "level"}} for one in RULES]}, Document)

Value = Callable[[int], float]


def measure() -> Results:
    judging_s, keeping_s = asyncio.run(_outboxes())
    us = 1e6 / (len(POINTS) * (PUTS - WARM_UP))
    return {
        "rules_judged_per_s": Result(_judged(calm), "judgements/CPU s", Better.HIGHER),
        "rules_judged_per_s_restless": Result(_judged(restless), "judgements/CPU s", Better.HIGHER),
        "alerting_cost_at_gateway": Result(
            (judging_s - keeping_s) * us, "CPU µs a reading", Better.LOWER, keeping_s * us
        ),
    }


def calm(number: int) -> float:
    """A level that moves and raises nothing."""
    return 30.0 + number * 7 % 23


def restless(number: int) -> float:
    """One that is above or below a limit every few minutes."""
    return float((number * 7 + number * number % 97) % 101)


def _judged(value: Value) -> float:
    """Rules on points judged in a second of CPU."""
    ids = itertools.count()
    compiled = Plan(DOCUMENT.rules, POINTS, [], lambda at: 0).terms.values()
    watches = [Watch(listening_since=START) for _ in compiled]
    samples = [Sample(START + number * MINUTE, value(number)) for number in range(SAMPLES // len(POINTS))]
    begun = processes.own_cpu_s()
    for sample in samples:
        for place, terms in enumerate(compiled):
            watches[place], _ = observe(terms, watches[place], sample, sample.at, lambda: str(next(ids)))
    return len(samples) * len(watches) / (processes.own_cpu_s() - begun)


async def _outboxes() -> tuple[float, float]:
    """CPU seconds of the same puts with rules, and without."""
    with tempfile.TemporaryDirectory() as name:
        watching = Watching(POINTS, [], START)
        with_rules = await _fill(Path(name) / "judging.db", watching.judge, watching)
        return with_rules, await _fill(Path(name) / "keeping.db", nobody, None)


async def _fill(path: Path, judge: Judge, watching: Watching | None) -> float:
    at = START
    async with open_outbox(path, now=lambda: at, judge=judge) as outbox:
        if watching:
            body = msgspec.json.encode(DOCUMENT).decode()
            book = Rulebook("bench", 1, "digest", body)
            await outbox.change(lambda database: watching.apply(database, book, DOCUMENT))
            await outbox.change(watching.begin)
        begun = 0.0
        for number in range(PUTS):
            if number == WARM_UP:
                begun = processes.own_cpu_s()
            at = START + number * MINUTE
            await outbox.append("bench", _put(at, number))
        return processes.own_cpu_s() - begun


def _put(at: int, number: int) -> Sequence[Reading]:
    return [Reading(point.name, at, calm(number + place)) for place, point in enumerate(POINTS)]
