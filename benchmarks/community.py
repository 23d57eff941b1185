"""Readings of the simulated community, and batches of them as an agent seals them."""

import asyncio
from collections.abc import Iterator, Sequence

from firmware_bridge.simulated.simulated import Simulated
from firmware_bridge.source import Reject
from protocol import codec
from protocol.messages import Batch
from protocol.reading import Point, Reading

READINGS = 200  # of a batch
EVERY_S = 60.0


class _EnoughError(Exception):
    pass


def readings(count: int, seed: int = 1, past_h: float = 24 * 30) -> tuple[list[Point], list[Reading]]:
    """The points of one community and `count` readings of its past, one a minute for each point."""
    source = Simulated(name="community", seed=seed, every_s=EVERY_S, past_h=past_h)
    taken: list[Reading] = []

    async def put(
        readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        taken.extend(readings)
        if len(taken) >= count:
            raise _EnoughError

    async def take() -> None:
        try:
            await source.feed(put, None)
        except _EnoughError:
            return

    asyncio.run(take())
    return source.points(), taken[:count]


def batches(points: list[Point], taken: Sequence[Reading], epoch: str) -> Iterator[Batch]:
    for number, start in enumerate(range(0, len(taken), READINGS), 1):
        part = taken[start : start + READINGS]
        yield Batch(
            epoch=epoch,
            number=number,
            boot="f47ac10b-58cc-4372-a567-0e02b2c3d479",
            boot_ms=86_400_000 + number * 60_000,
            sealed_at=part[-1].at,
            correlation="4bf92f3577b34da6",
            points=points,
            series=codec.pack(part, points),
        )
