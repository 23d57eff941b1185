"""Polls a ThingSpeak channel: first all it has, then what is new."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Fields, Interval, Measure, check, measures_of, points_of, read
from firmware_bridge.heard import SHOWN_LAST, shown
from firmware_bridge.instant import now_ms
from firmware_bridge.key_file import read_key
from firmware_bridge.source import REJECT_TEXT_LIMIT, Name, Put, Reject, SourceError
from firmware_bridge.thingspeak.entry_numbers import Numbers, numbers
from firmware_bridge.thingspeak.feed import Entry, Page
from firmware_bridge.thingspeak.place import Place, Walk, catch_up, look_back
from firmware_bridge.thingspeak.searches import Searches
from protocol.hosts import is_loopback, is_name
from protocol.reading import Label, Point, Reading

log = logging.getLogger(__name__)

_KEY = "[A-Za-z0-9]{1,64}"

NOT_FOUND = "skipped numbers that stand nowhere in the last 7 days: deleted there, or older"
NOT_LOOKED_FOR = "skipped numbers in more gaps than are remembered: not looked for"

Ask = Callable[[int, int | None], Awaitable[Page]]  # firmware_bridge.thingspeak.link.Link.page


class Cursor(msgspec.Struct, frozen=True):
    """How far a channel was read, and which channel it was."""

    channel: int
    server: str  # host[:port]
    place: Place


class ThingSpeak(
    msgspec.Struct, tag_field="kind", tag="thingspeak", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    name: Name
    channel: Annotated[int, Meta(ge=1)]
    server: Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+/?$")] = "https://api.thingspeak.com"
    key_file: str | None = None  # a private channel's read key, alone in a file
    device: Label
    fields: Fields
    every_s: Annotated[float, Meta(ge=0.1, le=86_400)] = 60.0
    interval_s: Interval | None = None  # expected time between the device's samples; None: irregular

    def __post_init__(self) -> None:
        check(self.fields)
        url = _split(self.server)
        if self.key_file and url.scheme == "http" and not is_loopback(url.hostname or ""):
            raise ValueError(f"the key would travel readable to {self.server}; use https:// there")
        if self.key_file and re.fullmatch("[A-Z0-9]{16}", Path(self.key_file).name):
            raise ValueError(
                "key_file holds a key itself; put it alone into a file and write that one's name"
            )

    def located(self, folder: Path) -> Self:
        if self.key_file is None:
            return self
        return msgspec.structs.replace(self, key_file=str(folder / self.key_file))

    def points(self) -> list[Point]:
        return points_of(self.device, self.fields, self.interval_s)

    def measures(self) -> dict[str, Measure]:
        return measures_of(self.device, self.fields)

    def cursor_from(self, at: int) -> str:
        return self._encode(Place(at=at))

    async def feed(self, put: Put, cursor: str | None) -> None:
        # Here, for httpx: half of a Pi's start, and most agents poll no channel.
        from firmware_bridge.thingspeak.link import open_link

        place = self._decode(cursor) if cursor else Place()
        key = self._read_key()
        searches = Searches()
        async with open_link(self.server, self.channel, key, [field.key for field in self.fields]) as link:
            while True:
                before = place
                place = await self._catch_up(link.page, put, before)
                if place.is_restarted(now_ms()):
                    await put([], self._encode(Place()))
                    raise SourceError(
                        f"{self._what} was cleared, its numbers began anew: all of it is read again"
                    )
                # Only what was skipped one round ago too: an answer may be older than the number it names.
                lost = before.missing & place.missing
                if lost and searches.is_due(time.monotonic()):
                    place, found = await self._search(link.page, put, place, lost)
                    searches.searched(time.monotonic(), has_found=found > 0)
                await asyncio.sleep(self.every_s)

    def _read_key(self) -> str | None:
        if self.key_file is None:
            return None
        return read_key(self._what, "key_file", self.key_file, _KEY, "letters and digits")

    async def _catch_up(self, ask: Ask, put: Put, place: Place) -> Place:
        """Take all that is new, window by window, each with its cursor."""
        now = now_ms()
        walk = catch_up(place, now)
        while not walk.is_over:
            is_last = walk.end == walk.stop  # nothing bounds it: a device's clock may be ahead
            page = await ask(walk.start, None if is_last else walk.end)
            if page.is_cut:
                walk = self._narrowed(walk, page)
                continue
            fresh = place.fresh(page.entries)
            newest = max((entry.at + 1 for entry in page.entries), default=0)
            after = place.after(page, min(newest, now) if is_last else walk.end, now)
            after, given_up = (after.arrived() if is_last else after).bounded()
            if fresh or after != place:
                await self._put(put, fresh, after, self._given_up(given_up, NOT_LOOKED_FOR))
            place, walk = after, walk.beyond(page)
        return place

    async def _search(self, ask: Ask, put: Put, place: Place, lost: Numbers) -> tuple[Place, int]:
        """Look for entries that came with an old time; how many there were."""
        walk, found = look_back(place), 0
        while not walk.is_over:
            page = await ask(walk.start, walk.end)
            if page.is_cut:
                walk = self._narrowed(walk, page)
                continue
            wanted = lost & place.missing
            late = [entry for entry in page.entries if entry.id in wanted]
            if late:
                found += len(late)
                place = place.without(numbers(entry.id for entry in late))
                await self._put(put, late, place, [])
            walk = walk.beyond(page)
        given_up = self._given_up(lost & place.missing, NOT_FOUND)
        place = place.without(lost)
        await self._put(put, [], place, given_up)
        return place, found

    def _given_up(self, missing: Numbers, reason: str) -> list[Reject]:
        """What may be lost is on record."""
        return (
            [Reject(f"channel {self.channel}", str(missing)[:REJECT_TEXT_LIMIT], reason)] if missing else []
        )

    async def _put(self, put: Put, entries: list[Entry], place: Place, given_up: list[Reject]) -> None:
        readings: list[Reading] = []
        rejects = list(given_up)
        for entry in entries[-SHOWN_LAST:]:
            log.debug("%s: %s", self.name, shown(entry.text.encode()))
        for entry in entries:
            where, text = f"channel {self.channel} entry {entry.id}", entry.text[:REJECT_TEXT_LIMIT]
            if entry.wrong:
                rejects.append(Reject(where, text, entry.wrong))
                continue
            taken, wrong = read(self.device, self.fields, entry.raw, entry.at)
            readings += taken
            rejects += [Reject(f"{where} {key}", text, reason) for key, reason in wrong]
        await put(readings, self._encode(place), rejects)

    def _narrowed(self, walk: Walk, page: Page) -> Walk:
        narrower = walk.narrowed(page)
        if narrower is None:
            raise SourceError(
                f"{self._what}: one second holds more entries than one answer; "
                "a ThingSpeak server keeps one, check server"
            )
        return narrower

    @property
    def _what(self) -> str:
        return f"channel {self.channel} on {_split(self.server).netloc}"

    def _encode(self, place: Place) -> str:
        return msgspec.json.encode(Cursor(self.channel, _split(self.server).netloc, place)).decode()

    def _decode(self, text: str) -> Place:
        try:
            cursor = msgspec.json.decode(text, type=Cursor)
        except msgspec.DecodeError as error:
            raise SourceError(
                f"this is no cursor of a channel ({error}); give the source a new name"
            ) from error
        if (cursor.channel, cursor.server) != (self.channel, _split(self.server).netloc):
            raise SourceError(
                f"{self._what} is not what was read under this name, channel {cursor.channel} on "
                f"{cursor.server}; put that one back, or give this one a source of its own with a new name"
            )
        return cursor.place


def _split(server: str) -> SplitResult:
    """Raises ValueError where nothing can be asked there."""
    url = urlsplit(server.lower())
    # `port` is checked when it is asked for.
    if not is_name(url.hostname or "") or url.port == 0:
        raise ValueError(f"server {server} has no host name that can be looked up")
    return url
