"""The contracts between a source of readings and the agent that runs it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol, Self

import msgspec
from msgspec import Meta

from protocol.reading import Point, Reading

REJECT_TEXT_LIMIT = 200  # characters of a rejected row that are kept

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,62}$")]  # of a source, in logs and status


class Reject(msgspec.Struct, frozen=True):
    """Something a device sent that gives no reading: recorded and listed, never guessed at."""

    where: str  # "feeds.csv record 17"
    text: str  # as it was found, at most REJECT_TEXT_LIMIT characters
    reason: str


class Put(Protocol):
    """Takes what a source read; returns once it is committed, readings, rejects and cursor together."""

    async def __call__(
        self, readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None: ...


class SourceError(Exception):
    """A device could not be read: one sentence with the place and the next step."""


class Source(Protocol):
    """A frozen settings struct that can read what it describes."""

    @property
    def name(self) -> str: ...

    def located(self, folder: Path) -> Self:
        """The same settings, with relative file names taken from `folder`."""
        ...

    def points(self) -> list[Point]:
        """Every point it can give, known from its settings alone."""
        ...

    async def feed(self, put: Put, cursor: str | None) -> None:
        """Hand readings to `put`, from `cursor` on; return only when there will never be more.

        Raises SourceError; the agent waits and calls again with the last committed cursor.
        """
        ...
