"""What the gateways sent and what they were told, kept by the test alone, on disk before it is published.

Two append-only files: every reading that goes out, and every receipt that comes in with its time. The
system under test never sees them, and the oracle trusts nothing else.
"""

import csv
import enum
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import msgspec


class Fate(enum.StrEnum):
    """What must become of a reading."""

    STORED = "stored"
    ASIDE = "aside"  # its (point, at) has another value earlier in the same batch
    REJECTED = "rejected"  # can't be taken, and must be recorded as such


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """One reading as it was published; sent again under another number it is written again."""

    gateway: str
    epoch: str
    number: int
    place: int  # in its batch
    point: str
    at: int
    value: float | None
    fate: Fate


class Receipted(msgspec.Struct, frozen=True, array_like=True):
    """One receipt as a gateway heard it."""

    gateway: str
    epoch: str
    number: int
    planned_s: float  # monotonic: when the batch was due by the plan
    heard_s: float  # monotonic
    conflicting: int
    rejected: int

    @property
    def batch(self) -> tuple[str, str, int]:
        return self.gateway, self.epoch, self.number


class Journal:
    """Both files, open for appending."""

    def __init__(self, directory: Path) -> None:
        self._sent_path = directory / "sent.csv"
        self._receipts_path = directory / "receipts.csv"
        self._losses_path = directory / "losses.csv"
        self._sent, self._receipts, self._losses = (
            path.open("a", newline="") for path in (self._sent_path, self._receipts_path, self._losses_path)
        )

    def write_sent(self, rows: Iterable[Sent], losses: Iterable[tuple[str, str]] = ()) -> None:
        """Returns once the rows are on disk; only then may they be published. Losses: (gateway, id)."""
        _append(self._losses, losses)
        _append(self._sent, (_cells(row) for row in rows))

    def write_receipt(self, row: Receipted) -> None:
        _append(self._receipts, [tuple(map(str, msgspec.structs.astuple(row)))])

    def sent(self) -> Iterator[Sent]:
        for row in _rows(self._sent_path):
            gateway, epoch, number, place, point, at, value, fate = row
            yield Sent(
                gateway, epoch, int(number), int(place), point, int(at),
                float(value) if value else None, Fate(fate),
            )  # fmt: skip

    def receipts(self) -> Iterator[Receipted]:
        for gateway, epoch, number, planned, heard, conflicting, rejected in _rows(self._receipts_path):
            yield Receipted(
                gateway, epoch, int(number), float(planned), float(heard), int(conflicting), int(rejected)
            )

    def losses(self) -> set[tuple[str, str]]:
        return {(gateway, id_) for gateway, id_ in _rows(self._losses_path)}

    def close(self) -> None:
        for file in (self._sent, self._receipts, self._losses):
            file.close()


def _cells(row: Sent) -> tuple[str, ...]:
    value = "" if row.value is None else repr(row.value)
    return row.gateway, row.epoch, str(row.number), str(row.place), row.point, str(row.at), value, row.fate


def _append(file: TextIO, rows: Iterable[tuple[str, ...]]) -> None:
    csv.writer(file).writerows(rows)
    file.flush()
    os.fsync(file.fileno())


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(newline="") as file:
        yield from csv.reader(file)
