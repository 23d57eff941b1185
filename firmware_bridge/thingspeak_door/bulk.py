"""bulk_update: many entries in one commit.

Where ThingSpeak's documentation leaves a choice: a bulk with an update that can't be read is refused whole.
One whose times are partly taken by other entries is kept but for those, which are listed as rejects; it is a
conflict only if nothing of it could be kept. Sent again with its own times it is kept once.
"""

import asyncio

from firmware_bridge.history import Draft, History
from firmware_bridge.lan.http import JSON, Response
from firmware_bridge.lan.request import Request
from firmware_bridge.thingspeak_door import bulk_body
from firmware_bridge.thingspeak_door.bulk_body import BadBulk, Update
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.drafts import draft
from firmware_bridge.thingspeak_door.keys import key_of
from firmware_bridge.thingspeak_door.pace import Pace
from firmware_bridge.thingspeak_door.parameters import parameters_of
from firmware_bridge.thingspeak_door.trouble import trouble


class WrongKey(BadBulk):
    status = 401


_TAKEN = Response(status=202, body=b'{"success":true}', content_type=JSON)


async def bulk(
    request: Request, channel: Channel, extension: str, history: History, pace: Pace, now: int
) -> Response:
    """`extension`: json or csv. Raises BadBulk, NotKept."""
    # In a thread: 14,400 updates take a second on a Pi, and the agent has other work.
    key, drafts = await asyncio.to_thread(_read, request, channel, extension, now)
    if key != channel.write_key:
        raise WrongKey(f"this is not the write key of channel {channel.id}")
    with pace.turn(channel) as is_time:
        if not is_time:
            return trouble(429, f"channel {channel.id} takes updates {channel.min_interval_s:g} s apart")
        numbers = await history.keep(drafts)
    if any(number is not None for number in numbers):
        return _TAKEN
    return trouble(409, "other entries have these times")


def _read(request: Request, channel: Channel, extension: str, now: int) -> tuple[str, list[Draft]]:
    """The key, and the drafts: a key in a header wins."""
    if extension == "json":
        key, updates = bulk_body.from_json(request.body, now)
        key = key_of(request.headers, {"key": key} if key else request.query)
    else:
        parameters = _form_of(request)
        key, updates = bulk_body.from_csv(parameters, now)
        key = key_of(request.headers, {"key": key} if key else parameters)
    return key, [_draft(channel, update) for update in updates]


def _form_of(request: Request) -> dict[str, str]:
    try:
        return parameters_of(request)
    except ValueError as error:
        raise BadBulk(str(error)) from error


def _draft(channel: Channel, update: Update) -> Draft:
    return draft(channel, update.values, update.at, update.has_own_time)
