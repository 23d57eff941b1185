"""What a real agent without a cloud has committed, read from its outbox file."""

import sqlite3
from contextlib import closing
from pathlib import Path

_VALUES = "SELECT value FROM reading JOIN point ON point.id = point WHERE name = ? ORDER BY seq"


def recorded(outbox: Path, point: str) -> list[float | None]:
    """The point's values, in the order of their arrival; none while there is no such file yet."""
    if not outbox.exists():
        return []
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True)) as database:
        try:
            return [value for (value,) in database.execute(_VALUES, (point,))]
        except sqlite3.OperationalError:  # it is being made
            return []
