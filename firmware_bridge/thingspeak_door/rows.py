"""A channel and its entries as the rows of an answer, in ThingSpeak's order of keys. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence

from firmware_bridge.history import ChannelFacts, Entry
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.formats import Row
from firmware_bridge.thingspeak_door.numbers import is_within, rounded
from firmware_bridge.thingspeak_door.query import Query
from firmware_bridge.thingspeak_door.slices import Item, draw

Stamp = Callable[[int], str]  # ms UTC, as the answer writes it


def fields_of(channel: Channel, facts: ChannelFacts) -> list[int]:
    """The fields that its feed has: those with a meaning, and every other one that ever had a value."""
    return sorted(set(_labels(channel)) | facts.fields)


def channel_row(channel: Channel, facts: ChannelFacts, stamp: Stamp) -> Row:
    """A field without a meaning is called by its key."""
    labels = _labels(channel)
    # Its settings stand in a file: they are as old as its first entry, as far as anybody knows.
    created_at = None if facts.created_at is None else stamp(facts.created_at)
    named = {f"field{number}": labels.get(number, f"field{number}") for number in fields_of(channel, facts)}
    return {
        "id": channel.id,
        **name_row(channel),
        **named,
        "created_at": created_at,
        "updated_at": created_at,
        "last_entry_id": facts.last_entry_id,
    }


def name_row(channel: Channel) -> Row:
    row = {"name": channel.name or channel.device}
    if channel.description:
        row["description"] = channel.description
    if channel.latitude is not None and channel.longitude is not None:
        row |= {"latitude": str(channel.latitude), "longitude": str(channel.longitude)}
    return row


def columns_of(fields: Iterable[int], query: Query) -> list[str]:
    named = [f"field{number}" for number in fields]
    if query.slices:
        return ["created_at", *named]
    location = ["latitude", "longitude", "elevation"] if query.location else []
    return ["created_at", "entry_id", *named, *location, *(["status"] if query.status else [])]


def feed_rows(entries: Sequence[Entry], fields: Sequence[int], query: Query, stamp: Stamp) -> list[Row]:
    """The oldest first, as `entries` are; drawn together, left out and rounded as it is asked."""
    if query.slices:
        items = draw([Item(entry.at, _values(entry, fields)) for entry in entries], query.slices, query.zone)
        return [
            {"created_at": stamp(item.at), **_named(item.values, fields, query)}
            for item in items
            if _is_wanted(item.values, query)
        ]
    return [
        entry_row(entry, fields, query, stamp)
        for entry in entries
        if _is_wanted(_values(entry, fields), query)
    ]


def entry_row(entry: Entry, fields: Sequence[int], query: Query, stamp: Stamp) -> Row:
    row: dict[str, str | int | None] = {"created_at": stamp(entry.at), "entry_id": entry.id}
    row |= _named(_values(entry, fields), fields, query)
    if query.location:
        row |= {"latitude": entry.latitude, "longitude": entry.longitude, "elevation": entry.elevation}
    if query.status:
        row["status"] = entry.status
    return row


def _labels(channel: Channel) -> dict[int, str]:
    return {field.field: field.metric for field in channel.fields if isinstance(field.field, int)}


def _values(entry: Entry, fields: Iterable[int]) -> tuple[str | None, ...]:
    return tuple(entry.fields[number - 1] for number in fields)


def _named(values: Iterable[str | None], fields: Iterable[int], query: Query) -> dict[str, str | None]:
    if query.places is not None:
        values = [rounded(value, query.places) for value in values]
    return {f"field{number}": value for number, value in zip(fields, values, strict=True)}


def _is_wanted(values: tuple[str | None, ...], query: Query) -> bool:
    is_bounded = query.least > -math.inf or query.most < math.inf
    return not is_bounded or is_within(values, query.least, query.most)
