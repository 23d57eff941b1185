"""What a simulated gateway measures and when it is due, all of it from the seed. Knows no link and no clock.

Every value is unique in a run (a counter in its mantissa), and sums of them are exact in any order: one
reading lost, doubled or swapped changes a sum.
"""

import random
from collections.abc import Iterator

import msgspec

from protocol.messages import Loss, Transition
from protocol.reading import EARLIEST_AT, LATEST_AT, Point, Quality, Reading
from tests.faults.journal import Fate

TIMES = 10  # readings of each point in a batch
STEP_MS = 1_000
PAST_MS = 3 * 3_600_000  # measuring begins so long before the run: hours to roll up, days to turn over

_LATE = 0.2  # share of batches that are held back and come after newer ones
_ODD = 0.06  # share of batches with each oddity
_BAD = ((None, EARLIEST_AT - 1), (None, LATEST_AT), (float("nan"), None), (float("inf"), None))


class Measured(msgspec.Struct, frozen=True):
    """What one batch will hold; which number it gets is the gateway's business."""

    readings: list[tuple[Reading, Fate]]  # in the order of their places
    losses: list[Loss] = []
    transitions: list[Transition] = []


def points(gateway: str) -> list[Point]:
    """Six points on two devices that only this gateway has."""
    return [
        Point(f"{gateway}-{device}/m{metric}", "m", STEP_MS / 1000)
        for device in ("tank", "pump")
        for metric in range(3)
    ]


def planned(
    gateway: str, index: int, chance: random.Random, origin_ms: int, batches_per_s: float
) -> Iterator[tuple[float, Measured]]:
    """For ever: seconds since the start, and what is due then. Arrivals are random, a fifth comes late."""
    at_s = 0.0
    slot = 0
    held: list[int] = []
    counter = index << 22
    while True:
        at_s += chance.expovariate(batches_per_s)
        if held and chance.random() < _LATE:
            taken = held.pop(chance.randrange(len(held)))
        else:
            while chance.random() < _LATE:
                held.append(slot)
                slot += 1
            taken, slot = slot, slot + 1
        yield at_s, measure(gateway, counter, origin_ms - PAST_MS + taken * TIMES * STEP_MS, chance)
        counter += 100  # more than a batch has readings


def parting(gateway: str, index: int, origin_ms: int) -> Measured:
    """What every gateway hands over last: older than all else, so that a late batch has the last word."""
    counter = (index << 22) + (1 << 21)
    return measure(gateway, counter, origin_ms - PAST_MS - TIMES * STEP_MS)


def measure(gateway: str, counter: int, since: int, chance: random.Random | None = None) -> Measured:
    """Ten readings of each point from `since` on; with `chance` now and then something odd among them."""
    rows: list[tuple[Reading, Fate]] = []
    for place, point in enumerate(points(gateway)):
        # Eighths travel as scaled whole numbers, thousand-and-twenty-fourths as floats.
        scale = 8 if place % 2 else 1024
        for step in range(TIMES):
            counter += 1
            reading = Reading(point.name, since + step * STEP_MS, counter / scale)
            rows.append((reading, Fate.STORED))
    if chance is None:
        return Measured(rows)
    return Measured(
        _with_oddities(rows, counter, chance),
        [_loss(gateway, since)] if chance.random() < _ODD else [],
        [_transition(gateway, since)] if chance.random() < _ODD else [],
    )


def _with_oddities(
    rows: list[tuple[Reading, Fate]], counter: int, chance: random.Random
) -> list[tuple[Reading, Fate]]:
    place = chance.randrange(len(rows))
    reading, _ = rows[place]
    if chance.random() < _ODD:
        faulty = msgspec.structs.replace(reading, value=None, quality=int(Quality.FAULT))
        rows[place] = faulty, Fate.STORED
    elif chance.random() < _ODD:
        other = msgspec.structs.replace(reading, value=(counter + 1) / 8)
        rows.insert(place + 1, (other, Fate.ASIDE))
    elif chance.random() < _ODD:
        value, at = chance.choice(_BAD)
        bad = Reading(reading.point, reading.at if at is None else at, value or reading.value)
        rows.insert(place + 1, (bad, Fate.REJECTED))
    return rows


def _loss(gateway: str, since: int) -> Loss:
    return Loss(id=f"{gateway}-{since}", since=since - STEP_MS, until=since - 1, count=1, reason="test")


def _transition(gateway: str, since: int) -> Transition:
    point = points(gateway)[0].name
    return Transition(
        id=f"{gateway}-{since}", alert=f"{gateway}-high", rule="high", rule_version=1, point=point,
        state="firing", at=since, learned_at=since,
    )  # fmt: skip
