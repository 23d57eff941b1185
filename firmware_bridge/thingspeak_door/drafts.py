"""What a device sent to a channel becomes the draft of an entry, with the readings it gives. Pure."""

from collections.abc import Mapping

from firmware_bridge.fields import RawValue, read
from firmware_bridge.history import FIELDS, Draft, Entry
from firmware_bridge.source import REJECT_TEXT_LIMIT, Reject
from firmware_bridge.thingspeak_door.channel import Channel

VALUE_LIMIT = 255  # bytes, ThingSpeak's own

_NAMES = {
    *(f"field{number}" for number in range(1, FIELDS + 1)),
    *(str(number) for number in range(1, FIELDS + 1)),
    *("status", "latitude", "lat", "longitude", "long", "elevation"),
}


def says_something(values: Mapping[str, str]) -> bool:
    """An entry of these has more than its time."""
    return not _NAMES.isdisjoint(values)


def draft(channel: Channel, values: Mapping[str, str], at: int, has_own_time: bool) -> Draft:
    """`values` by the names that ThingSpeak knows; others are not looked at.

    A value of more than VALUE_LIMIT bytes is cut, and gives no reading: a cut number is another number.
    """
    sent = [values.get(f"field{number}", values.get(str(number))) for number in range(1, FIELDS + 1)]
    raw: dict[str, RawValue] = {f"field{n}": value for n, value in enumerate(sent, 1) if _fits(value)}
    readings, wrong = read(
        channel.device, channel.fields, [raw.get(field.key) for field in channel.fields], at
    )
    wrong += [
        (f"field{number}", f"it has more than {VALUE_LIMIT} bytes and was cut")
        for number, value in enumerate(sent, 1)
        if not _fits(value)
    ]
    entry = Entry(
        channel=channel.id,
        id=0,
        at=at,
        fields=tuple(map(_cut, sent)),
        status=_cut(values.get("status")),
        latitude=_cut(values.get("latitude", values.get("lat"))),
        longitude=_cut(values.get("longitude", values.get("long"))),
        elevation=_cut(values.get("elevation")),
    )
    rejects = [
        Reject(
            f"channel {channel.id} {key}",
            (values.get(key) or values.get(key[5:]) or "")[:REJECT_TEXT_LIMIT],
            reason,
        )
        for key, reason in wrong
    ]
    return Draft(entry=entry, has_own_time=has_own_time, readings=readings, rejects=rejects)


def _fits(value: str | None) -> bool:
    return value is None or len(value) * 4 <= VALUE_LIMIT or len(value.encode()) <= VALUE_LIMIT


def _cut(value: str | None) -> str | None:
    """At a whole character."""
    if value is None or _fits(value):
        return value
    return value.encode()[:VALUE_LIMIT].decode("utf-8", "ignore")
