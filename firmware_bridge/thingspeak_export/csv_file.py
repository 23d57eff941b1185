"""Reads the rows of a feeds.csv. The header decides what a column is, and a row that does not fit it is
rejected: a decimal comma without quotes moves every value behind it."""

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from firmware_bridge import instant
from firmware_bridge.thingspeak_export.records import Cut, NoExport, Record, csv_records

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def records(file: BinaryIO, start: int, keys: Sequence[str]) -> Iterator[Record]:
    """The rows from `start` on, 0 being all; their values in the order of `keys`.

    Raises NoExport for a file that has no such columns, before the first row.
    """
    header, end = _header(file)
    missing = [key for key in ("created_at", *keys) if key not in header]
    if missing:
        raise NoExport(f"no column {missing[0]} in its first line (there: {', '.join(header)[:200]})")
    return _rows(file, max(start, end), header, keys)


def _header(file: BinaryIO) -> tuple[list[str], int]:
    for line in csv_records(file, 0):
        raw = line.raw.removeprefix(_BOM)
        if raw.startswith(_UTF_16):
            raise NoExport("it is UTF-16 text; save it as UTF-8")
        if raw.strip():
            return [cell.strip() for cell in _cells(_text(raw), 2)], line.end
    raise NoExport("it is empty")


def _rows(file: BinaryIO, start: int, header: Sequence[str], keys: Sequence[str]) -> Iterator[Record]:
    time = header.index("created_at")
    places = [header.index(key) for key in keys]
    for line in csv_records(file, start):
        text = _text(line.raw)
        try:
            cells = _checked(line, text, len(header))
            if any(map(str.strip, cells)):
                yield Record(line.end, text, instant.parse(cells[time]), [cells[place] for place in places])
        except ValueError as error:
            yield Record(line.end, text, wrong=str(error))


def _checked(line: Cut, text: str, columns: int) -> list[str]:
    """The cells of a row, none for a blank line."""
    if line.wrong:
        raise ValueError(line.wrong)
    cells = _cells(text, columns)
    if len(cells) != columns and any(map(str.strip, cells)):
        raise ValueError(f"{len(cells)} columns where the header has {columns}")
    return cells


def _cells(text: str, columns: int) -> list[str]:
    """A row's cells; read twice where a spreadsheet wrote the whole row as one quoted cell."""
    try:
        cells = next(csv.reader([text]), [])
        return next(csv.reader(cells), []) if len(cells) == 1 < columns else cells
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _text(raw: bytes) -> str:
    """Latin-1 in a status must not cost the row its numbers."""
    return raw.decode("utf-8", "replace").rstrip("\r\n")
