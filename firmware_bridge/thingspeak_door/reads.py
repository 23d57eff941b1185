"""Finds what a client asks of one channel: its feed, one entry, the age of the last, the channel itself."""

import asyncio
import hmac
from collections.abc import Sequence

import msgspec

from firmware_bridge.history import Entry, History
from firmware_bridge.lan.http import Response
from firmware_bridge.lan.request import Request
from firmware_bridge.thingspeak_door import paths
from firmware_bridge.thingspeak_door.answers import NOT_FOUND, Answers
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.keys import key_of
from firmware_bridge.thingspeak_door.paths import Asked
from firmware_bridge.thingspeak_door.query import EVER, RESULTS, Query, decode
from protocol.reading import FUTURE_MS

# 400 on every path, as on feeds: no client that looks at the status takes -1 for a value.
NO_ACCESS = Response(status=400, body=b"-1")

_LOOKED_AT = 1_000  # entries, for the newest that has a field


async def answer(request: Request, channel: Channel, history: History, now: int) -> Response:
    """The answer to a GET below /channels/<id>; `now` in ms UTC. Raises NotKept."""
    if not _may_read(channel, key_of(request.headers, request.query)):
        return NO_ACCESS
    asked = paths.parse(request.path)
    if asked is None:
        return NOT_FOUND
    query = decode(request.query, now)
    if asked.place == "status":
        query = msgspec.structs.replace(query, status=True, location=False, slices=None)
    answers = Answers(asked, query, channel, await history.facts(channel.id))
    if asked.place == "channel":
        return answers.channel_view()
    if asked.item is None:
        entries = await _entries(query, channel.id, history)
        # In a thread: 8,000 full entries are 16 MB of text, and the agent has other work.
        return await asyncio.to_thread(answers.feed, entries)
    entry = await _entry(asked, channel.id, history, now)
    if entry is None:
        return NOT_FOUND
    return answers.age(entry, now) if asked.item == "last_data_age" else answers.single(entry)


def is_large(request: Request) -> bool:
    """Whether more entries may be asked for than a feed has by itself."""
    asked = paths.parse(request.path)
    return (
        asked is not None
        and asked.place in ("feeds", "status")
        and asked.item is None
        and (decode(request.query, 0).newest > RESULTS)
    )


def _may_read(channel: Channel, key: str) -> bool:
    """Without a read key the channel is public: as there, any key or none will do."""
    if channel.read_key is None:
        return True
    keys = [known for known in (channel.read_key, channel.write_key) if known]
    return any(hmac.compare_digest(key.encode(), known.encode()) for known in keys)


async def _entries(query: Query, channel: int, history: History) -> Sequence[Entry]:
    if query.newest == 0 or query.since >= query.until:
        return ()
    return await history.entries(channel, query.since, query.until, query.newest)


async def _entry(asked: Asked, channel: int, history: History, now: int) -> Entry | None:
    """`last` is the highest number, which with times of the past is not the newest."""
    if asked.item == "last":
        return await history.last(channel, asked.field)
    if asked.item == "last_data_age":
        return await _newest(asked.field, channel, history, now)
    return await history.entry(channel, int(asked.item or 0))


async def _newest(field: int | None, channel: int, history: History, now: int) -> Entry | None:
    """The last one, or where a wrong clock has put that into the future the newest before: else the age
    would be 0 for years, whatever has gone silent."""
    last = await history.last(channel, field)
    if last is None or last.at <= now + FUTURE_MS:
        return last
    found = await history.entries(channel, -EVER, now + FUTURE_MS + 1, 1 if field is None else _LOOKED_AT)
    with_field = (one for one in reversed(found) if field is None or one.fields[field - 1] is not None)
    return next(with_field, None)
