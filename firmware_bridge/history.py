"""What a source that also answers reads asks of the agent: to keep entries, and to give them back."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec

from firmware_bridge.source import Described, Put, Reject
from protocol.reading import Reading

FIELDS = 8  # of an entry

# The cursor of a source that devices come to. For the agent: what the store could not take is no loss.
SENT_AGAIN = "devices send again what was not answered"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a device wrote in one request, text as it came. It never changes once it is kept."""

    channel: int
    id: int  # 1, 2, 3 ... in its channel, in order of arrival; never given twice
    at: int  # ms UTC: the device's own time, else when it came; no other entry of its channel has it
    fields: tuple[str | None, ...]  # FIELDS of them; None: not sent
    status: str | None = None
    latitude: str | None = None  # degrees
    longitude: str | None = None
    elevation: str | None = None  # m


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes an entry once it is kept, and what it gives besides."""

    entry: Entry  # its id is 0: that is given with the commit
    has_own_time: bool  # False: where its time is taken, it and its readings move on to the next free ms
    readings: Sequence[Reading] = ()
    rejects: Sequence[Reject] = ()


class ChannelFacts(msgspec.Struct, frozen=True):
    created_at: int | None = None  # when its first entry was kept, ms UTC; None: it never had one
    last_entry_id: int | None = None
    fields: frozenset[int] = frozenset()  # 1..FIELDS: those that ever had a value


class NotKept(Exception):
    """The store took nothing of the call, or not in time; the same call may go through later."""


class History(Protocol):
    """The entries of one source. Every call raises NotKept where the store can't be used, within seconds.

    The newest entries of a channel are held, some 100,000; older ones are forgotten.
    """

    async def keep(self, drafts: Sequence[Draft]) -> list[int | None]:
        """Commit all of it, entries, readings and rejects, together; the ids of the entries, in their order.

        An entry that was kept before, same time and same content, has its old id and nothing is kept again.
        None: another entry has its time; of such a draft nothing is kept but a reject.
        """
        ...

    async def entries(self, channel: int, since: int, until: int, newest: int) -> list[Entry]:
        """The `newest` newest with since <= at < until, at most 8,000, the oldest first."""
        ...

    async def last(self, channel: int, field: int | None = None) -> Entry | None:
        """The one with the highest id; with a field 1..FIELDS, of those that have a value there."""
        ...

    async def entry(self, channel: int, number: int) -> Entry | None: ...

    async def facts(self, channel: int) -> ChannelFacts:
        """Cheap: nothing is counted."""
        ...


@runtime_checkable
class Serves(Described, Protocol):
    """A source whose devices come to it, and read back what they wrote."""

    async def serve(self, history: History, put: Put) -> None:
        """Answer until cancelled; `put` takes what was refused. Raises SourceError; the agent waits and calls
        again."""
        ...
