"""A community that is not there: the model of `community`, its past first, then in real time."""

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Measure
from firmware_bridge.instant import now_ms
from firmware_bridge.simulated import community, journal
from firmware_bridge.simulated.troubles import DEAD, NONE, Trouble, trouble
from firmware_bridge.source import Name, Put, SourceError
from protocol.reading import Point, Quality, Reading

CHUNK = 500  # readings handed over at once, where more are due


class Simulated(
    msgspec.Struct, tag_field="kind", tag="simulated", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Deterministic from its cursor: a tick that was journaled but not committed comes again, identical."""

    name: Name
    seed: int = 1
    every_s: Annotated[float, Meta(ge=0.001, le=3600)] = 5.0
    past_h: Annotated[float, Meta(ge=0, le=24 * 366)] = 0.0  # how long before now it begins, without a cursor
    utc_offset_h: Annotated[float, Meta(ge=-12, le=14)] = 5.5  # the site's time less UTC: people wake by it
    journal: str | None = None  # where it records what it made: a line `point,at,value`, synced before put
    troubles: bool = False  # a power cut, a leak and a sensor that dies in the first day
    extra_points: Annotated[int, Meta(ge=0, le=1000)] = 0  # load for tests, beside the community's own points

    def located(self, folder: Path) -> Self:
        if self.journal is None:
            return self
        return msgspec.structs.replace(self, journal=str(folder / self.journal))

    def points(self) -> list[Point]:
        loads = [(name, "") for name in community.load_points(self.extra_points)]
        return [Point(name, unit, self.every_s) for name, unit in [*community.POINTS.items(), *loads]]

    def measures(self) -> dict[str, Measure]:
        return {}  # it makes values in canonical units, and all of them are as meant

    async def feed(self, put: Put, cursor: str | None) -> None:
        with journal.open_journal(Path(self.journal)) if self.journal else nullcontext() as record:
            first = journal.first_at(record) if record else None
            state = _decode(cursor) if cursor else self._beginning(first)
            while True:
                state, readings = self._due(state, now_ms())
                if record:
                    journal.append(record, readings)
                if readings:
                    await put(readings, msgspec.json.encode(state).decode())
                else:
                    await asyncio.sleep(self._wait_s(state, now_ms()))

    @property
    def _every_ms(self) -> int:
        return round(self.every_s * 1000)

    def _beginning(self, first: int | None) -> community.State:
        """One tick before the first. A journal says where that was, if nothing was ever committed."""
        begin = first if first is not None else now_ms() - round(self.past_h * 3_600_000)
        before = (begin // self._every_ms - 1) * self._every_ms
        return community.State(at=before, began=before)

    def _due(self, state: community.State, now: int) -> tuple[community.State, list[Reading]]:
        """The ticks up to `now`, at most a chunk of them, and the state after them."""
        readings: list[Reading] = []
        while state.at + self._every_ms <= now and len(readings) < CHUNK:
            state = community.step(state, self._every_ms, self.seed, self._offset_ms, self._trouble(state))
            readings += self._readings(state)
        return state, readings

    def _wait_s(self, state: community.State, now: int) -> float:
        """Until the next tick; never longer than one, for the clock may be put right meanwhile."""
        return min(max(0, state.at + self._every_ms - now) / 1000, self.every_s)

    def _trouble(self, state: community.State) -> Trouble:
        return trouble(state.at - state.began) if self.troubles else NONE

    @property
    def _offset_ms(self) -> int:
        return round(self.utc_offset_h * 3_600_000)

    def _readings(self, state: community.State) -> list[Reading]:
        shown = community.values(state, self._every_ms, self.seed, self._offset_ms)
        loads = enumerate(community.load_points(self.extra_points))
        return [
            *(self._reading(name, state, value) for name, value in shown.items()),
            *(Reading(name, state.at, community.load_value(place, state.at)) for place, name in loads),
        ]

    def _reading(self, name: str, state: community.State, value: float) -> Reading:
        if name == DEAD and self._trouble(state).is_dead:
            return Reading(name, state.at, None, Quality.FAULT)
        return Reading(name, state.at, value)


def _decode(cursor: str) -> community.State:
    try:
        return msgspec.json.decode(cursor, type=community.State)
    except msgspec.DecodeError as error:
        raise SourceError(
            f"the simulator cannot go on from its cursor ({error}); give the source a new name"
        ) from error
