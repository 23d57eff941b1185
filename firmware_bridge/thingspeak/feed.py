"""Decodes what a ThingSpeak channel answers. Pure: bytes in, entries out."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from firmware_bridge import instant
from firmware_bridge.fields import RawValue

_HIGHEST_ID = 2**53  # past it JSON numbers are not exact


class Entry(NamedTuple):
    id: int  # counts up in the order of arrival
    at: int  # ms UTC; 0 where its time can't be read
    raw: Sequence[RawValue]
    text: str  # as it was found
    wrong: str = ""  # why it gives nothing


class Page(NamedTuple):
    """The entries of a window of time."""

    entries: list[Entry]  # oldest first
    last_id: int  # of the whole channel, as far as the answer tells; 0 where it does not
    is_cut: bool = False  # there may be more entries in the window than were sent


class NoFeed(Exception):
    """The answer is no feed; what it is instead."""


class _Channel(msgspec.Struct, frozen=True):
    last_entry_id: int | None = None


class _Answer(msgspec.Struct, frozen=True):
    feeds: list[dict[str, RawValue]]
    channel: _Channel = _Channel()


def decode(body: bytes, keys: Sequence[str], limit: int) -> Page:
    """The page in the answer to a question for `limit` entries; values in the order of `keys`."""
    try:
        answer = msgspec.json.decode(body.decode("utf-8", "replace"), type=_Answer)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NoFeed(f"no feed, or only a part of one ({error})") from error
    entries = sorted((_entry(feed, keys) for feed in answer.feeds), key=lambda entry: (entry.at, entry.id))
    last_id = min(answer.channel.last_entry_id or 0, _HIGHEST_ID)
    return Page(entries, last_id, len(entries) >= limit)


def _entry(feed: dict[str, RawValue], keys: Sequence[str]) -> Entry:
    number, created_at = feed.get("entry_id"), feed.get("created_at")
    if not isinstance(number, int) or not 0 < number <= _HIGHEST_ID or not isinstance(created_at, str):
        raise NoFeed("a feed whose entries have no entry_id or no created_at")
    text = msgspec.json.encode(feed).decode()
    try:
        return Entry(number, instant.parse(created_at), [feed.get(key) for key in keys], text)
    except ValueError as error:
        return Entry(number, 0, (), text, str(error))
