"""What sources and links remember over a restart: cursors, memories, breakers, notes, the session."""

import sqlite3
from collections.abc import Mapping

import msgspec

from edge_agent.outbox.file import Database
from protocol.breaker import Breaker

_breaker = msgspec.msgpack.Decoder(Breaker).decode


def set_cursor(database: Database, source: str, cursor: str) -> None:
    database.sql.execute(
        "INSERT INTO cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (source, cursor)
    )


def cursor(database: Database, source: str) -> str | None:
    found = database.sql.execute("SELECT value FROM cursor WHERE source = ?", (source,)).fetchone()
    return found[0] if found else None


def set_memories(database: Database, source: str, memories: Mapping[str, bytes]) -> None:
    database.sql.executemany(
        "INSERT INTO memory VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
        [(source, point, body) for point, body in memories.items()],
    )


def memories(database: Database, source: str) -> dict[str, bytes]:
    return dict(database.sql.execute("SELECT point, body FROM memory WHERE source = ?", (source,)))


def save_breaker(database: Database, name: str, breaker: Breaker) -> None:
    database.sql.execute(
        "INSERT INTO breaker VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
        (name, msgspec.msgpack.encode(breaker)),
    )


def breakers(sql: sqlite3.Connection) -> dict[str, Breaker]:
    rows = sql.execute("SELECT name, body FROM breaker ORDER BY name")
    return {name: _breaker(body) for name, body in rows}


def set_note(database: Database, name: str, value: str) -> None:
    database.sql.execute(
        "INSERT INTO note VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
    )


def notes(sql: sqlite3.Connection) -> dict[str, str]:
    return dict(sql.execute("SELECT name, value FROM note ORDER BY name"))


def next_session(database: Database) -> int:
    session = database.counter("session") + 1
    database.set_counter("session", session)
    return session
