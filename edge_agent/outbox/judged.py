"""What judging keeps in the outbox: watches, what they heard, and the rules that run. Judges nothing."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence

import msgspec

from edge_agent.outbox.file import Database
from protocol.acknowledgement import Acknowledgement
from protocol.alert import OPEN, Alert
from protocol.reading import Reading
from protocol.watched import Watch

# Shown readings in the transaction that keeps them: what it writes is kept or lost with them.
Judge = Callable[[Database, Sequence[Reading]], None]
Key = tuple[str, str]  # rule, point


class Rulebook(msgspec.Struct, frozen=True):
    """The document of rules that runs."""

    incarnation: str
    version: int
    digest: str
    document: str


class OpenAlert(msgspec.Struct, frozen=True):
    rule: str
    point: str
    alert: Alert


def nobody(database: Database, readings: Sequence[Reading]) -> None:
    """Where no rules can be: nothing is judged."""


def watches(sql: sqlite3.Connection) -> dict[Key, bytes]:
    return {(rule, point): body for rule, point, body in sql.execute("SELECT rule, point, body FROM watch")}


def heard(sql: sqlite3.Connection) -> dict[str, bytes]:
    return dict(sql.execute("SELECT point, body FROM heard"))


def save(database: Database, watches: Mapping[Key, bytes], heard: Mapping[str, bytes]) -> None:
    database.sql.executemany(
        "INSERT INTO watch VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
        [(*key, body) for key, body in watches.items()],
    )
    database.sql.executemany(
        "INSERT INTO heard VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body", list(heard.items())
    )


def open_alerts(sql: sqlite3.Connection) -> list[OpenAlert]:
    """Those that have not ended, the first that fired first."""
    found = [
        OpenAlert(rule, point, watch.alert)
        for (rule, point), body in watches(sql).items()
        if (watch := decode_watch(body)).alert.state in OPEN
    ]
    return sorted(found, key=lambda one: one.alert.fired_at)


def acknowledge(sql: sqlite3.Connection, said: Acknowledgement) -> None:
    """The newest word of an alert stands; what was said of those that are over goes."""
    known = acknowledgements(sql)
    if said.alert in known and known[said.alert].at > said.at:
        return
    sql.execute(
        "INSERT OR REPLACE INTO acknowledged VALUES (?, ?)", (said.alert, msgspec.msgpack.encode(said))
    )
    is_open = {one.alert.id for one in open_alerts(sql)}
    gone = [(alert,) for alert in known if alert not in is_open]
    sql.executemany("DELETE FROM acknowledged WHERE alert = ?", gone)


def acknowledgements(sql: sqlite3.Connection) -> dict[str, Acknowledgement]:
    """By the id of their alert."""
    rows = sql.execute("SELECT alert, body FROM acknowledged")
    return {alert: _acknowledgement(body) for alert, body in rows}


def forget(database: Database, keys: Sequence[Key]) -> None:
    """Nothing watches there any more."""
    database.sql.executemany("DELETE FROM watch WHERE rule = ? AND point = ?", keys)


def set_rulebook(database: Database, book: Rulebook) -> None:
    database.sql.execute(
        "INSERT OR REPLACE INTO rulebook VALUES (1, ?, ?, ?, ?)",
        (book.incarnation, book.version, book.digest, book.document),
    )


def rulebook(sql: sqlite3.Connection) -> Rulebook | None:
    """None: the cloud never sent one that could run."""
    found = sql.execute("SELECT incarnation, version, digest, document FROM rulebook").fetchone()
    return Rulebook(*found) if found else None


decode_watch = msgspec.msgpack.Decoder(Watch).decode
_acknowledgement = msgspec.msgpack.Decoder(Acknowledgement).decode
