"""Cuts an exported file into its records without ever holding more than one of them. Knows no field.

Exports meet people: rows are torn, quotes stay open, files are cut off. What is cut wrong costs that
record and not the ones after it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from firmware_bridge.fields import RawValue

# ThingSpeak takes about 3,000 bytes a message; escaped as JSON that is at most six times as much.
RECORD_LIMIT = 20_000
_BLOCK = 65_536

# A record of a CSV export begins with its time. A line that does ends one whose quotes never closed.
_BEGINS = re.compile(rb'"?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:')

# An entry of a JSON export holds no objects and no lists. Possessive, so that nothing is scanned twice.
_ENTRY = re.compile(rb'[\s,]*+(\{(?:[^{}\[\]"]++|"(?:[^"\\]++|\\.)*+")*+\})', re.DOTALL)
_MARK = b'{"created_at"'
_FEEDS = re.compile(rb'"feeds"\s*+:\s*+\[')
_END_OF_FEEDS = re.compile(rb"[\s,]*+\]")
_FEEDS_LIMIT = 262_144  # bytes before the list: the channel's names and description


class NoExport(Exception):
    """The file is none that ThingSpeak exported: what is missing from it."""


class Cut(NamedTuple):
    """One record as it stands in the file."""

    end: int  # where the next one begins
    raw: bytes
    wrong: str = ""  # why it can't be a record


class Record(NamedTuple):
    """One record as it was understood."""

    end: int  # where the next one begins
    text: str  # as it was found
    at: int = 0  # ms UTC
    raw: Sequence[RawValue] = ()
    wrong: str = ""  # why it gives nothing


def csv_records(file: BinaryIO, start: int) -> Iterator[Cut]:
    """The records from `start` on. Newlines inside quotes belong to their record."""
    held, is_open, position = b"", False, start
    for line in _lines(file, start):
        if held and (_BEGINS.match(line.raw) or line.wrong):
            yield Cut(position, held, "a quote is not closed")
            held, is_open = b"", False
        position = line.end
        if line.wrong:
            yield line
            continue
        held += line.raw
        is_open ^= line.raw.count(b'"') % 2 == 1
        if not is_open:
            yield Cut(position, held)
            held = b""
        elif len(held) > RECORD_LIMIT:
            yield Cut(position, held, "a quote is not closed")
            held, is_open = b"", False
    if held:
        yield Cut(position, held, "the file ends inside a quote")


def _lines(file: BinaryIO, start: int) -> Iterator[Cut]:
    file.seek(start)
    end = start
    while line := file.readline(RECORD_LIMIT):
        end += len(line)
        if line.endswith(b"\n") or len(line) < RECORD_LIMIT:
            yield Cut(end, line)
        else:
            end += _skip_line(file)
            yield Cut(end, line, f"the line is longer than {RECORD_LIMIT} bytes")


def _skip_line(file: BinaryIO) -> int:
    skipped = 0
    while rest := file.readline(_BLOCK):
        skipped += len(rest)
        if rest.endswith(b"\n"):
            break
    return skipped


def json_start(file: BinaryIO) -> int | None:
    """Where the first entry of the list `feeds` may begin; None if there is no such list."""
    file.seek(0)
    match = _FEEDS.search(file.read(_FEEDS_LIMIT))
    return match.end() if match else None


def json_records(file: BinaryIO, start: int) -> Iterator[Cut]:
    """The entries of `feeds` from `start` on."""
    file.seek(start)
    buffer, place, base, at_end = b"", 0, start, False
    while True:
        if not at_end and len(buffer) - place < RECORD_LIMIT:
            block = file.read(_BLOCK)
            base, buffer, place, at_end = base + place, buffer[place:] + block, 0, not block
        if match := _ENTRY.match(buffer, place, place + RECORD_LIMIT):
            place = match.end()
            yield Cut(base + place, match[1])
            continue
        if _END_OF_FEEDS.match(buffer, place):
            return
        if at_end and place == len(buffer):
            yield Cut(base + place, b"", "the file ends before its list does")
            return
        torn, place = _torn(buffer, place, at_end)
        if torn:
            yield Cut(base + place, torn, "this is no entry of a feed")


def _torn(buffer: bytes, place: int, at_end: bool) -> tuple[bytes, int]:
    """What can't be read at `place`, and where the next thing begins that looks like an entry."""
    found = buffer.find(_MARK, place + 1)
    if found < 0:  # half of the mark may stand at the end of what was read so far
        found = len(buffer) if at_end else max(place + 1, len(buffer) - len(_MARK))
    return buffer[place:found].strip(b" \t\r\n,"), found
