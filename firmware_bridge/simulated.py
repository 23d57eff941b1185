"""A community that is not there: the coherent model of `community`, past first, then in real time."""

from pathlib import Path
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from firmware_bridge import community
from firmware_bridge.source import Put
from protocol.reading import Point


class Simulated(
    msgspec.Struct, tag_field="kind", tag="simulated", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Deterministic from its cursor: a tick that was journaled but not committed comes again, identical."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    seed: int = 1
    every_s: Annotated[float, Meta(ge=0.001, le=3600)] = 5.0
    past_h: Annotated[float, Meta(ge=0, le=24 * 366)] = 0.0  # how long before now it begins, without a cursor
    journal: str | None = (
        None  # its own record of all it produced: a line `point,at,value`, synced before put
    )
    extra_points: Annotated[int, Meta(ge=0, le=1000)] = 0  # load for tests, beside the community's own points

    def located(self, folder: Path) -> Self:
        if self.journal is None:
            return self
        return msgspec.structs.replace(self, journal=str(folder / self.journal))

    def points(self) -> list[Point]:
        return [
            Point(name, unit, self.every_s)
            for name, unit in [
                *community.POINTS.items(),
                *((load, "") for load in community.load_points(self.extra_points)),
            ]
        ]

    async def feed(self, put: Put, cursor: str | None) -> None: ...
