"""What a path below /channels asks for, in every spelling that clients use. Pure."""

import re

import msgspec

_ITEM = r"(?:/(?P<item>last|last_data_age|\d{1,15}))?"
_PLACES = (
    ("channel", ""),
    ("feeds", rf"/feeds?{_ITEM}"),
    ("feeds", rf"/fields?/(?:field)?(?P<field>[1-8]){_ITEM}"),
    ("status", rf"/status(?:es)?{_ITEM}"),
)
_PATHS = [
    (place, re.compile(rf"/channels/\d{{1,16}}{path}(?:\.(?P<extension>json|csv|xml|txt))?", re.ASCII))
    for place, path in _PLACES
]


class Asked(msgspec.Struct, frozen=True):
    place: str  # channel, feeds, status
    field: int | None = None  # 1..8, it alone; None: all of them
    item: str | None = None  # last, last_data_age, an entry's number; None: the feed
    extension: str = ""  # json, csv, xml, txt; "": none


def parse(path: str) -> Asked | None:
    """None: there is no such thing."""
    for place, pattern in _PATHS:
        if match := pattern.fullmatch(path):
            found = match.groupdict()
            field = found.get("field")
            return Asked(place, int(field) if field else None, found.get("item"), found["extension"] or "")
    return None
