"""Writes the readings of an outbox again with SQLite alone: the same tables, pragmas and commits.

python -m benchmarks.bare_sqlite OUTBOX TARGET      prints the bytes written for a reading
"""

import os
import sqlite3
import sys
from contextlib import closing
from importlib import resources
from itertools import groupby
from operator import itemgetter

from benchmarks import processes
from edge_agent.outbox.file import WAL_PAGES

_ARRIVED = 6  # column of `reading`: what arrived together was committed together


def main(outbox: str, target: str) -> int:
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True)) as source:
        (page_bytes,) = source.execute("PRAGMA page_size").fetchone()
        ((name, cursor),) = source.execute("SELECT source, value FROM cursor").fetchall()
        rows = source.execute("SELECT * FROM reading ORDER BY seq").fetchall()
    with closing(sqlite3.connect(target, isolation_level=None)) as sql:
        sql.executescript(
            f"PRAGMA page_size = {int(page_bytes)}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            f"PRAGMA wal_autocheckpoint = {WAL_PAGES};"
        )
        sql.executescript(resources.files("edge_agent.outbox").joinpath("schema.sql").read_text())
        before = processes.written_bytes(os.getpid())
        for _, group in groupby(rows, itemgetter(_ARRIVED)):
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)", group)
            sql.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (name, cursor))
            sql.execute("COMMIT")
        print((processes.written_bytes(os.getpid()) - before) / len(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
