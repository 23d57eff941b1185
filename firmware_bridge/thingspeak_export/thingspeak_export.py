"""Replays a feeds.csv or feeds.json that was exported from a ThingSpeak channel."""

import asyncio
import hashlib
import logging
import os
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO, Self

import msgspec

from firmware_bridge.fields import Fields, Interval, Measure, check, measures_of, points_of, read
from firmware_bridge.heard import SHOWN_LAST, shown
from firmware_bridge.source import REJECT_TEXT_LIMIT, Name, Put, Reject, SourceError
from firmware_bridge.thingspeak_export import csv_file, json_file
from firmware_bridge.thingspeak_export.records import NoExport, Record
from protocol.reading import Label, Point, Reading

log = logging.getLogger(__name__)

CHUNK = 300  # readings and rejects handed over at once, or records: each chunk is a commit
_HEAD = 65_536  # bytes that tell a file from another one


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """How far a file was replayed, and which file it was."""

    record: int  # the last one that was read; the first is 1
    offset: int  # where the next one begins
    size: int
    head: str  # digest of the first bytes
    done: bool = False


class ThingSpeakExport(
    msgspec.Struct,
    tag_field="kind",
    tag="thingspeak_export",
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
):
    name: Name
    path: str
    device: Label
    fields: Fields
    interval_s: Interval | None = None  # expected time between the device's samples; None: irregular

    def __post_init__(self) -> None:
        check(self.fields)

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, path=str(folder / self.path))

    def points(self) -> list[Point]:
        return points_of(self.device, self.fields, self.interval_s)

    def measures(self) -> dict[str, Measure]:
        return measures_of(self.device, self.fields)

    async def feed(self, put: Put, cursor: str | None) -> None:
        before = _decode(cursor) if cursor else None
        file = self._open(before)
        if file:
            with file:
                await self._replay(file, put, before)

    def _open(self, before: Cursor | None) -> BinaryIO | None:
        """The file; None if it was replayed to its end and tidied away."""
        try:
            return Path(self.path).open("rb")
        except OSError as error:
            if before and before.done and isinstance(error, FileNotFoundError):
                return None
            raise self._unreadable(error) from error

    async def _replay(self, file: BinaryIO, put: Put, before: Cursor | None) -> None:
        cursor = self._where_to_begin(file, before)
        records = zip(count(cursor.record + 1), self._records(file, cursor.offset))
        while not cursor.done:
            # In a thread: a card may be slow, and a file may hold a gigabyte of nothing.
            readings, rejects, cursor = await asyncio.to_thread(self._chunk, records, cursor)
            await put(readings, _encode(cursor), rejects)

    def _chunk(
        self, records: Iterator[tuple[int, Record]], cursor: Cursor
    ) -> tuple[list[Reading], list[Reject], Cursor]:
        """What the next records give, and how far the file then was read."""
        readings: list[Reading] = []
        rejects: list[Reject] = []
        last: deque[Record] = deque(maxlen=SHOWN_LAST)
        after = msgspec.structs.replace(cursor, done=True)
        for number, record in records:
            last.append(record)
            self._take(record, number, readings, rejects)
            if max(len(readings) + len(rejects), number - cursor.record) >= CHUNK:
                after = msgspec.structs.replace(cursor, record=number, offset=record.end)
                break
        for record in last:
            log.debug("%s: %s", self.name, shown(record.text.encode()))
        return readings, rejects, after

    def _where_to_begin(self, file: BinaryIO, before: Cursor | None) -> Cursor:
        try:
            size, head = _identity(file)
        except OSError as error:
            raise self._unreadable(error) from error
        if before is None:
            return Cursor(0, 0, size, head)
        if (before.size, before.head) != (size, head):
            raise SourceError(
                f"{self.path} is not the file that was replayed up to record {before.record}; "
                "put that one back, or give the new one a source of its own with a new name"
            )
        return before

    def _records(self, file: BinaryIO, offset: int) -> Iterator[Record]:
        keys = [field.key for field in self.fields]
        try:
            yield from (json_file if _is_json(file) else csv_file).records(file, offset, keys)
        except NoExport as error:
            raise SourceError(f"{self.path}: {error}; name a feeds.csv or feeds.json as exported") from error
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> SourceError:
        return SourceError(
            f"cannot read {self.path}: {error.strerror}; put the export there or correct its path"
        )

    def _take(self, record: Record, number: int, readings: list[Reading], rejects: list[Reject]) -> None:
        if record.wrong:
            rejects.append(self._reject(number, "", record, record.wrong))
            return
        taken, wrong = read(self.device, self.fields, record.raw, record.at)
        readings += taken
        rejects += [self._reject(number, f" {key}", record, reason) for key, reason in wrong]

    def _reject(self, number: int, field: str, record: Record, reason: str) -> Reject:
        where = f"{Path(self.path).name} record {number}{field}"
        return Reject(where, record.text[:REJECT_TEXT_LIMIT], reason)


def _encode(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _decode(cursor: str) -> Cursor:
    try:
        return msgspec.json.decode(cursor, type=Cursor)
    except msgspec.DecodeError as error:
        raise SourceError(f"this is no cursor of an export ({error}); give the source a new name") from error


def _identity(file: BinaryIO) -> tuple[int, str]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size, hashlib.sha256(file.read(_HEAD)).hexdigest()[:16]


def _is_json(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
