"""/update: one entry in, its number out, which is said once the entry and its readings are committed.

Where ThingSpeak's documentation leaves a choice:
- the same `created_at` with the same content again is a retry after a lost answer: it has its old number;
  with other content it is refused with 0 and listed as a reject;
- without `created_at`, or with one that can't be read, the stamp is when the request came, in ms; with one
  in the future it is taken, and whoever stores it flags it;
- an update without any field is an entry too, but not where its values are in a body that was not read;
- there are no TalkBack commands here: `talkback_key` gets the answer of an empty queue, which is nothing;
- 503 with 0 where the store takes nothing: no number, so the device sends it again.
"""

from collections.abc import Mapping
from datetime import UTC

from firmware_bridge.history import Entry, History
from firmware_bridge.lan.http import JSON, TEXT, XML, Response
from firmware_bridge.thingspeak_door import formats, moment
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.drafts import draft
from firmware_bridge.thingspeak_door.formats import Row
from firmware_bridge.thingspeak_door.pace import Pace
from protocol.reading import EARLIEST_AT, LATEST_AT

BODY_LIMIT = 16_384  # bytes; a message has about 3,000, each of which may be percent-encoded

_TYPES = {"json": JSON, "xml": XML}


async def update(
    parameters: Mapping[str, str], channel: Channel, extension: str, history: History, pace: Pace, now: int
) -> Response:
    """`extension`: json, xml, or "" for text. Raises NotKept."""
    at = own_time(parameters)
    made = draft(channel, parameters, now if at is None else at, has_own_time=at is not None)
    with pace.turn(channel) as is_time:
        number = (await history.keep([made]))[0] if is_time else None
    if number is None:
        return refused(200, extension)
    if "talkback_key" in parameters:
        return Response()
    if extension == "":
        return Response(body=str(number).encode())
    row = _row(made.entry, number)
    body = formats.json_row(row) if extension == "json" else formats.xml_row("feed", row)
    return Response(body=body, content_type=_TYPES[extension])


def refused(status: int, extension: str) -> Response:
    """A bare 0 in every format: libraries look for it."""
    return Response(status=status, body=b"0", content_type=_TYPES.get(extension, TEXT))


def own_time(parameters: Mapping[str, str]) -> int | None:
    """When the device measured, ms UTC; None where it does not say, or says it so that nobody can read it."""
    try:
        at = moment.parse(parameters.get("created_at", ""), moment.zone_or_utc(parameters))
    except ValueError:
        return None
    return at if EARLIEST_AT <= at < LATEST_AT else None


def _row(entry: Entry, number: int) -> Row:
    return {
        "channel_id": entry.channel,
        **{f"field{place}": value for place, value in enumerate(entry.fields, 1)},
        "created_at": moment.text(entry.at, UTC),
        "entry_id": number,
        "status": entry.status,
        "latitude": entry.latitude,
        "longitude": entry.longitude,
        "elevation": entry.elevation,
    }
