"""Writing into an outbox beside the agent that runs on it, or without one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from edge_agent.outbox.errors import OutboxError

_BUSY_S = 10.0  # the agent writes for less


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """One durable transaction. Raises OutboxError."""
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as sql:
            sql.execute("PRAGMA synchronous = FULL")
            sql.execute("BEGIN IMMEDIATE")
            yield sql
            sql.execute("COMMIT")
    except sqlite3.Error as error:
        raise OutboxError(
            f"{path} takes no word from here: {error}; run this as the agent's user, or as root"
        ) from error
