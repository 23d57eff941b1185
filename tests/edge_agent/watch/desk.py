"""An outbox that judges, on a clock of its own, and what it has told."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec

from edge_agent.outbox.judged import Rulebook
from edge_agent.outbox.store import Outbox, open_outbox
from edge_agent.watch.stage import Watching
from protocol.messages import Transition
from protocol.reading import Origin, Point, Reading
from protocol.rule import Document

NOON = 1_795_000_000_000
LEVEL = Point("oht-1/level", "m", 60.0)
PUMP = Point("oht-1/pump", "", 60.0)
MIN = 60_000


def rule(**fields: Any) -> dict[str, Any]:
    """Level above 2 m, unless it says otherwise; as people write it."""
    given: dict[str, Any] = {"id": "high", "scope": {"metric": "level"}, "kind": "threshold"}
    return given | ({"threshold": 2.0} if fields.get("kind", "threshold") == "threshold" else {}) | fields


def document(*rules: dict[str, Any], zone: str = "Asia/Kolkata") -> Document:
    return msgspec.convert({"zone": zone, "rules": rules}, Document)


class Desk:
    def __init__(self, path: Path, points: tuple[Point, ...]) -> None:
        self.path = path
        self.points = points
        self.origins: list[Origin] = []
        self.actions: list[str] = []
        self.now = NOON
        self.boot_offset = NOON  # wall time less time since boot: it changes when somebody sets the clock
        self.outbox: Outbox
        self.watching: Watching

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["Desk"]:
        """As an agent starts."""
        self.watching = Watching(
            self.points, self.origins, self.now, self.actions, lambda: self.now - self.boot_offset
        )
        async with open_outbox(self.path, now=lambda: self.now, judge=self.watching.judge) as self.outbox:
            await self.outbox.change(self.watching.begin)
            yield self

    async def run(self, *rules: dict[str, Any], zone: str = "Asia/Kolkata") -> None:
        """By these rules from now on."""
        made = document(*rules, zone=zone)
        book = Rulebook("cloud", 1, "digest", msgspec.json.encode(made).decode())
        await self.outbox.change(lambda database: self.watching.apply(database, book, made))

    def set_clock(self, minutes: int) -> None:
        self.now += minutes * MIN
        self.boot_offset += minutes * MIN

    async def hear(self, value: float | None, point: str = LEVEL.name, quality: int = 0) -> None:
        """A reading of now."""
        await self.outbox.append("test", [Reading(point, self.now, value, quality)])

    async def hears(self, *values: float) -> None:
        """One a minute."""
        for value in values:
            await self.hear(value)
            self.now += MIN

    async def wait(self, minutes: float) -> None:
        self.now += round(minutes * MIN)
        if await self.outbox.look(self.watching.is_due):
            await self.outbox.change(self.watching.pass_time)

    @property
    def told(self) -> list[Transition]:
        return told(self.path)

    @property
    def reasons(self) -> list[str]:
        return [one.course.reason for one in self.told]


def told(path: Path) -> list[Transition]:
    """Every transition that waits, in order."""
    bodies = rows(path, "SELECT body FROM event WHERE kind = 'transition' ORDER BY seq")
    return [msgspec.msgpack.decode(body, type=Transition) for (body,) in bodies]


def rows(path: Path, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as sql:
        return sql.execute(query).fetchall()
