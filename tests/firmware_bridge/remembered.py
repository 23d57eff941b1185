"""A History that keeps its entries in memory: the outbox's behaviour without its file."""

from collections.abc import Iterable, Sequence

import msgspec

from firmware_bridge.history import ChannelFacts, Draft, Entry
from tests.firmware_bridge.door_reads import CREATED_AT


class Remembered:
    """Tests look at `asked`: how many entries each call of `entries` wanted."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.asked: list[int] = []
        self._entries = list(entries)

    async def keep(self, drafts: Sequence[Draft]) -> list[int | None]:
        kept: list[int | None] = []
        for draft in drafts:
            number = 1 + max((entry.id for entry in self._of(draft.entry.channel)), default=0)
            self._entries.append(msgspec.structs.replace(draft.entry, id=number))
            kept.append(number)
        return kept

    async def entries(self, channel: int, since: int, until: int, newest: int) -> list[Entry]:
        self.asked.append(newest)
        inside = [entry for entry in self._of(channel) if since <= entry.at < until]
        return sorted(inside, key=lambda entry: (entry.at, entry.id))[-newest:]

    async def last(self, channel: int, field: int | None = None) -> Entry | None:
        of_field = [e for e in self._of(channel) if field is None or e.fields[field - 1] is not None]
        return max(of_field, key=lambda entry: entry.id, default=None)

    async def entry(self, channel: int, number: int) -> Entry | None:
        return next((entry for entry in self._of(channel) if entry.id == number), None)

    async def facts(self, channel: int) -> ChannelFacts:
        found = self._of(channel)
        if not found:
            return ChannelFacts()
        fields = {k for entry in found for k, value in enumerate(entry.fields, 1) if value is not None}
        return ChannelFacts(CREATED_AT, max(entry.id for entry in found), frozenset(fields))

    def _of(self, channel: int) -> list[Entry]:
        return [entry for entry in self._entries if entry.channel == channel]
