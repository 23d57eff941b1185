"""The simulator's own record of what it produced: what an outcome is counted against. Append only."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from firmware_bridge.source import SourceError
from protocol.reading import Reading

_LINE_LIMIT = 1024  # bytes, far more than a line has


@contextmanager
def open_journal(path: Path) -> Iterator[FileIO]:
    """The file at `path`, ready for whole lines: a line torn by a crash is cut off, its tick comes again."""
    try:
        file = FileIO(path, "a+")
    except OSError as error:
        raise SourceError(f"cannot open the journal {path}: {error.strerror}; check its folder") from error
    with file:
        first_at(file)  # before anything is cut from a file that is not ours
        _cut_torn_line(file)
        yield file


def first_at(file: FileIO) -> int | None:
    """When the first reading ever written was made, ms UTC; None while there is none."""
    file.seek(0)
    line = file.readline(_LINE_LIMIT)
    if not line.endswith(b"\n") and len(line) < _LINE_LIMIT:
        return None
    try:
        return int(line.split(b",")[1])
    except (IndexError, ValueError) as error:
        raise SourceError(f"{file.name!r} is no journal; move it away or name another file") from error


def append(file: FileIO, readings: Sequence[Reading]) -> None:
    """Write the readings and return when they are on the disk."""
    lines = "".join(_line(made) for made in readings).encode()
    try:
        written = file.write(lines)
        os.fsync(file.fileno())
    except OSError as error:
        raise SourceError(f"cannot write the journal {file.name!r}: {error.strerror}") from error
    if written != len(lines):
        raise SourceError(f"cannot write the journal {file.name!r}: the disk is full; make room")


def _line(made: Reading) -> str:
    value = "" if made.value is None else repr(made.value)
    return f"{made.point},{made.at},{value}\n"


def _cut_torn_line(file: FileIO) -> None:
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _LINE_LIMIT)
    file.seek(start)
    file.truncate(start + file.read().rfind(b"\n") + 1)
