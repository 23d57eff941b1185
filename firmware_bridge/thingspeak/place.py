"""How far a channel was read, what of an answer is new, and which window to ask for next. Pure.

ThingSpeak has no cursor: entries are asked for by time but numbered by arrival, and a device that was
offline writes entries with old times and new numbers. So a window overlaps what was read before, the
number tells what in it is new, and a number that was skipped is looked for further back.
"""

from collections.abc import Iterable

import msgspec

from firmware_bridge.thingspeak.entry_numbers import Numbers, between, numbers
from firmware_bridge.thingspeak.feed import Entry, Page
from protocol.reading import EARLIEST_AT

OVERLAP_MS = 10 * 60_000
LOOK_BACK_MS = 7 * 86_400_000  # how old an entry may be when it comes
GAPS_LIMIT = 1_000  # runs of skipped numbers that are remembered, the newest: a cursor of 20 KB
# A server may answer from a cache some minutes old: lower numbers in one answer prove nothing.
CACHED_MS = 15 * 60_000
ROOMY = 500  # a window with fewer entries lets the next one be wider
_LONG_AGO = 1  # ms UTC, when a restart began that needs no second look
SECOND_MS = 1_000  # the resolution of the server's times


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a channel: all before `at`, as it was when the walk came by."""

    at: int = 0  # ms UTC
    top: int = 0  # the highest number known
    floor: int = 0  # what `top` was when this walk began: its windows come in no order of numbers
    top_at: int = 0  # the time of the entry with that number, ms UTC; 0: not seen, or unreadable
    floor_at: int = 0  # likewise
    missing: Numbers = Numbers()  # below `top`, not seen
    restarted_at: int = 0  # since when new entries have old numbers, ms UTC; 0: they do not

    def fresh(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those that were not taken before."""
        return [
            entry
            for entry in entries
            if entry.id in self.missing or entry.id > (self.floor if entry.at >= self.at else self.top)
        ]

    def after(self, page: Page, walked_to: int, now: int) -> "Place":
        """The page was taken, and nothing else stands before `walked_to`."""
        ids = numbers(entry.id for entry in page.entries)
        top = max(self.top, page.last_id, *(entry.id for entry in page.entries))
        skipped = between(self.top, top) if self.top else Numbers()  # a channel may begin anywhere
        return Place(
            at=max(self.at, walked_to),
            top=top,
            floor=self.floor,
            top_at=next((e.at for e in page.entries if e.id == top), self.top_at if top == self.top else 0),
            floor_at=self.floor_at,
            missing=(self.missing | skipped) - ids,
            restarted_at=self._restarted_at(page, now),
        )

    def _restarted_at(self, page: Page, now: int) -> int:
        """A channel that was cleared, or a server put back, counts again from a lower number."""
        if self.restarted_at == _LONG_AGO or self._has_other_floor(page):
            return _LONG_AGO
        if max(page.last_id, *(entry.id for entry in page.entries), 0) >= self.top:
            return 0
        reused = (e.at >= self.at and e.id <= self.floor and e.id not in self.missing for e in page.entries)
        return self.restarted_at or (now if page.last_id and any(reused) else 0)

    def _has_other_floor(self, page: Page) -> bool:
        """It counted again and is past where it was: a known number has another time, as in no cache."""
        times = [entry.at for entry in page.entries if entry.id == self.floor and entry.at]
        return self.floor_at > 0 and any(at != self.floor_at for at in times)

    def is_restarted(self, now: int) -> bool:
        """Whether no answer can be meant for this place any more."""
        return self.restarted_at > 0 and now - self.restarted_at > CACHED_MS

    def arrived(self) -> "Place":
        """The walk reached the present."""
        return msgspec.structs.replace(self, floor=self.top, floor_at=self.top_at)

    def bounded(self) -> tuple["Place", Numbers]:
        """With as many gaps as are remembered, and the numbers that are not looked for any more."""
        kept = self.missing.newest(GAPS_LIMIT)
        return msgspec.structs.replace(self, missing=kept), self.missing - kept

    def without(self, looked_for: Numbers) -> "Place":
        """What was looked for has come or never will."""
        return msgspec.structs.replace(self, missing=self.missing - looked_for)


class Walk(msgspec.Struct, frozen=True):
    """The next window of a walk through time; all ms UTC at whole seconds.

    A window that held more than one answer is asked for again in parts. The newest of it were sent, so any
    window that ends there and begins before the oldest of those would be too full again.
    """

    start: int
    stop: int
    span: int
    full_end: int = 0  # a window that ends here is too full ...
    full_from: int = 0  # ... if it begins before this

    @property
    def is_over(self) -> bool:
        return self.start >= self.stop

    @property
    def end(self) -> int:
        return min(self.start + self.span, self.stop)

    def beyond(self, page: Page) -> "Walk":
        """The window was answered whole."""
        span = self.span * 2 if len(page.entries) < ROOMY else self.span
        if self.end < self.full_from:
            span = min(span, _half(self.full_end - self.end))
        return msgspec.structs.replace(self, start=self.end, span=span)

    def narrowed(self, page: Page) -> "Walk | None":
        """The window was too full; None where it can't be narrower."""
        if self.end - self.start <= SECOND_MS:
            return None
        oldest = min((entry.at for entry in page.entries if entry.at), default=self.start)
        return Walk(self.start, self.stop, _half(self.end - self.start), self.end, oldest)


def catch_up(place: Place, now: int) -> Walk:
    """From a little before what was read to the present: at first all that the channel has."""
    start = whole_second(max(EARLIEST_AT, place.at - OVERLAP_MS))
    stop = max(whole_second(now), start) + SECOND_MS
    return Walk(start, stop, stop - start)


def look_back(place: Place) -> Walk:
    """From long before to where `catch_up` began."""
    stop = whole_second(max(EARLIEST_AT, place.at - OVERLAP_MS))
    start = max(EARLIEST_AT, stop - LOOK_BACK_MS)
    return Walk(start, stop, stop - start)


def whole_second(at: int) -> int:
    return at // SECOND_MS * SECOND_MS


def _half(span: int) -> int:
    return max(SECOND_MS, whole_second(span // 2))
