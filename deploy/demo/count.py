"""What the simulated community took, looked for in the cloud's database; trusts no counter of either."""

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec


class Count(msgspec.Struct, frozen=True):
    """Readings: taken by the sensors; of these in the database with their value; missing; rows too many."""

    taken: int
    stored: int
    lost: int
    doubled: int


def count(journal: Path, database: Path) -> Count:
    """Compare the simulator's own journal (`point,at,value`; an empty value is a fault) with the database."""
    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TEMP TABLE taken (point TEXT, at INTEGER, value REAL, PRIMARY KEY (point, at))"
            " WITHOUT ROWID"
        )
        connection.executemany("INSERT OR IGNORE INTO taken VALUES (?, ?, ?)", _rows(journal))
        taken = _number(connection, "SELECT count(*) FROM taken")
        stored = _number(
            connection,
            "SELECT count(*) FROM taken t"
            " JOIN device d ON d.name || '/' = substr(t.point, 1, length(d.name) + 1)"
            " JOIN point p ON p.device_id = d.id AND d.name || '/' || p.metric = t.point"
            " JOIN reading r ON r.point_id = p.id AND r.at = t.at AND r.value IS t.value",
        )
        rows = _number(connection, "SELECT count(*) FROM reading") + _number(
            connection, "SELECT count(*) FROM conflicting"
        )
    connection.close()
    return Count(taken, stored, taken - stored, rows - stored)


def _rows(journal: Path) -> Iterator[tuple[str, int, float | None]]:
    with journal.open(newline="") as lines:
        for row in csv.reader(lines):
            if len(row) == 3:  # a line torn by a kill was not taken: its reading was never handed on
                yield row[0], int(row[1]), float(row[2]) if row[2] else None


def _number(connection: sqlite3.Connection, query: str) -> int:
    found: int = connection.execute(query).fetchone()[0]
    return found
