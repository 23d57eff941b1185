"""A second reader of ThingSpeak exports: what the rules make of a file, with nothing of ours used.

`nan` is a fault without a value; blanks and newlines around a value are dropped; a row that is one quoted
field is decoded once more; an empty value is no reading; a row with too many or too few columns gives none.
"""

import csv
import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

_OFFSET = re.compile(r" ([+-]\d\d)(\d\d)$")


class Expected(msgspec.Struct):
    """Values by field name and time; None is a fault."""

    readings: dict[tuple[str, int], float | None] = {}
    bad_rows: int = 0

    def count(self, field: str) -> tuple[int, int]:
        """Of one field: readings with a value, and faults."""
        values = [value for (name, _), value in self.readings.items() if name == field]
        return sum(value is not None for value in values), sum(value is None for value in values)


def read(path: Path) -> Expected:
    expected = Expected()
    for row in _json_rows(path) if path.suffix == ".json" else _csv_rows(path):
        if row is None:
            expected.bad_rows += 1
            continue
        at = _milliseconds(row.pop("created_at"))
        for field, text in row.items():
            text = (text or "").strip()
            if text:
                value = float(text)
                expected.readings[field, at] = None if math.isnan(value) else value
    return expected


def fields(path: Path) -> list[str]:
    """The fields that the file has, field1 first."""
    if path.suffix == ".json":
        return sorted(
            name for name in json.loads(path.read_text())["channel"] if re.fullmatch(r"field\d", name)
        )
    with path.open(newline="") as file:
        return [name for name in next(csv.reader(file)) if name.startswith("field")]


def _csv_rows(path: Path) -> Iterator[dict[str, str | None] | None]:
    with path.open(newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        for row in rows:
            if len(row) == 1:
                row = next(csv.reader(row))
            if not row:
                continue
            if len(row) != len(header):
                yield None
                continue
            yield {
                name: cell
                for name, cell in zip(header, row, strict=True)
                if name == "created_at" or name.startswith("field")
            }


def _json_rows(path: Path) -> Iterator[dict[str, str | None] | None]:
    for feed in json.loads(path.read_text())["feeds"]:
        yield {name: feed[name] for name in feed if name == "created_at" or name.startswith("field")}


def _milliseconds(text: str | None) -> int:
    assert text
    text = _OFFSET.sub(r"\1:\2", text.replace(" UTC", "+00:00"))
    return int(datetime.fromisoformat(text).timestamp() * 1000)
