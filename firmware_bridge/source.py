"""The contracts between a source of readings and the agent that runs it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol, Self, runtime_checkable

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Measure
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


class Described(Protocol):
    """A frozen settings struct of devices."""

    @property
    def name(self) -> str: ...

    def located(self, folder: Path) -> Self:
        """The same settings, with relative file names taken from `folder`."""
        ...

    def points(self) -> list[Point]:
        """Every point it can give, known from its settings alone."""
        ...

    def measures(self) -> dict[str, Measure]:
        """What is known of its raw values, by the name of the point that each one is."""
        ...


class Source(Described, Protocol):
    """It can read what it describes."""

    async def feed(self, put: Put, cursor: str | None) -> None:
        """Hand readings to `put`, from `cursor` on; return only when there will never be more.

        Raises SourceError; the agent waits and calls again with the last committed cursor.
        """
        ...


@runtime_checkable
class Answering(Protocol):
    """A source whose devices may wait for its answer."""

    @property
    def answers(self) -> bool:
        """They do: what it puts is committed at once, not once a second.

        In a trial, where nothing is, its put raises history.NotKept.
        """
        ...


@runtime_checkable
class Archive(Protocol):
    """A source of what is kept elsewhere: without a cursor it hands over years."""

    def cursor_from(self, at: int) -> str:
        """To begin with what was measured from then on, ms UTC, as a trial does."""
        ...
