"""Cases of reads, and what the door answers to them from any History."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from firmware_bridge import instant
from firmware_bridge.history import FIELDS, Entry, History
from firmware_bridge.lan.http import Response
from firmware_bridge.lan.request import Request
from firmware_bridge.thingspeak_door import reads
from firmware_bridge.thingspeak_door.channel import Channel

_FOLDER = Path(__file__).parent / "cases" / "thingspeak_door_reads"
CASES = sorted(_FOLDER.glob("*/"))
NOW = instant.parse("2026-01-06T12:00:00Z")
CREATED_AT = instant.parse("2026-01-01T06:30:00Z")  # when the first entry of the channel was kept

_CHANNEL: dict[str, Any] = {
    "id": 4201,
    "write_key": "WRITEKEY00000001",
    "read_key": "READKEY000000001",
    "device": "oht-1",
    "fields": [
        {"field": 1, "metric": "temperature", "unit": "degC"},
        {"field": 2, "metric": "distance", "unit": "cm"},
    ],
}


async def answered(case: Path, history: History) -> bytes:
    """As `expected.txt` has it."""
    target, *lines = (case / "request.txt").read_text().splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    differs = case / "channel.json"
    changes = msgspec.json.decode(differs.read_bytes()) if differs.exists() else {}
    answer = await reads.answer(_request(target, headers), channel(**changes), history, NOW)
    return _spelled(answer)


def channel(**changes: Any) -> Channel:
    return msgspec.convert(_CHANNEL | changes, Channel)


def entries(case: Path) -> list[Entry]:
    """Each is written as its number, its time, its fields by their numbers, and what else it has."""
    own = case / "entries.json"
    written = (own if own.exists() else _FOLDER / "entries.json").read_bytes()
    return [
        Entry(
            channel=4201,
            id=number,
            at=instant.parse(at),
            fields=tuple(fields.get(str(k)) for k in range(1, FIELDS + 1)),
            **more,
        )
        for number, at, fields, more in msgspec.json.decode(written)
    ]


def _request(target: str, headers: dict[str, str]) -> Request:
    url = urlsplit(target)
    query = dict(reversed(parse_qsl(url.query, keep_blank_values=True)))
    return Request(method="GET", path=unquote(url.path), query=query, headers=headers)


def _spelled(answer: Response) -> bytes:
    return f"{answer.status} {answer.content_type}\n".encode() + answer.body
