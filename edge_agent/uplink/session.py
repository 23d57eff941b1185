"""One connection's life as it stands: what is under way, what was heard. Changed by `speak` and `listen`."""

import asyncio
import contextlib
import enum
import math
from collections.abc import Sequence

import msgspec

from edge_agent.outbox.batches import Sealed
from edge_agent.outbox.store import Outbox
from edge_agent.rules import Rules
from edge_agent.uplink.lanes import Lanes
from edge_agent.uplink.window import Patience, Window, key_of
from protocol.messages import Command, Config
from protocol.told import Told

_LOADED = 64  # batches from before at once: what is under way is held in memory


class Rhythm(msgspec.Struct, frozen=True):
    """How often things are said unasked, in seconds."""

    seal_every_s: float
    heartbeat_s: float


class End(enum.Enum):
    """Why a session ended that nothing was wrong with."""

    STOPPED = "the agent stops"
    NEW_BIRTH = "the epoch or the cloud is another one: that begins with a birth"
    BETTER_WAY = "a better way to the cloud is tried"


class Over(Exception):
    """Not an error: it ends the session's tasks."""

    def __init__(self, end: End) -> None:
        super().__init__(end.value)
        self.end = end


class Session:
    """Times are seconds, monotonic."""

    def __init__(
        self, outbox: Outbox, rules: Rules, sources: Sequence[str], rhythm: Rhythm, patience: Patience
    ) -> None:
        self.outbox = outbox
        self.rules = rules
        self.sources = sources  # names, as configured
        self.number = 0  # of the session; orders the state messages, with `counter`
        self.counter = 0
        self.rhythm = rhythm
        self.patience = patience
        self.window = Window()
        self.lanes = Lanes()
        self.has_unloaded = False  # batches from before wait in the outbox until the window has room
        self.incarnation = ""  # of the cloud; "": never heard
        self.next = 1  # number of the current epoch
        self.floor = 0  # every number up to it had its receipt
        self.floor_at_birth = 0  # what the floor was when a birth was said last
        self.born_at = -math.inf  # when a birth was said last
        self.noted_at = -math.inf
        self.answered: dict[str, float] = {}  # commands, and when their result was said
        self.early: list[Config | Command] = []  # heard before the welcome, dealt with after it
        self.seen: set[tuple[str, int, str]] = set()  # alert, counter, by: acknowledgements the cloud has
        self.told: list[Told] = []  # what the cloud has of who was told here
        self.receipts = 0
        self.welcome = asyncio.Event()
        self.stir = asyncio.Event()  # something changed: decide anew

    async def load(self) -> None:
        """What the outbox knows from before. Called once, before the connection is made."""
        self.number = await self.outbox.next_session()
        self.floor = await self.outbox.settled_mark()
        self.next = await self.outbox.next_number()
        self.incarnation = (await self.outbox.notes()).get("incarnation", "")
        await self.take_up()

    async def take_up(self) -> None:
        """The oldest batches from before, those that the window does not have yet."""
        found = await self.outbox.unsettled(_LOADED)
        self.has_unloaded = len(found) == _LOADED
        for sealed in found:
            if key_of(sealed) not in self.window.flights:
                self.window = self.window.add(sealed)

    def take(self, sealed: Sealed, floor: int) -> None:
        """A batch is under way from now on; `floor` is what the floor was when it was sealed."""
        # A batch of an earlier epoch goes to a restored cloud again: its mark says nothing about ours.
        is_current = sealed.epoch == self.outbox.epoch
        if is_current:
            self.next = max(self.next, sealed.number + 1)
        self.window = self.window.add(sealed, floor if is_current else 0)

    @property
    def proved(self) -> bool:
        """Whether the cloud took something over this link, or answered and there was nothing to take."""
        return self.receipts > 0 or (self.welcome.is_set() and not self.window.is_waiting())


async def pause(event: asyncio.Event, until: float) -> bool:
    """Wait for the event until then; whether it is set."""
    with contextlib.suppress(TimeoutError):
        # The loop's clock is time.monotonic().
        async with asyncio.timeout_at(None if until == math.inf else until):
            await event.wait()
    return event.is_set()
