"""What local actions are to be, and what became of it. Knows no rules and carries nothing out."""

import enum
import sqlite3
from collections.abc import Mapping

import msgspec

from edge_agent.outbox.file import Database
from protocol.limits import Text


class Want(enum.StrEnum):
    """What the alerts that name an action ask for."""

    CLEAR = "clear"  # none is open
    RAISED = "raised"
    STALE = "stale"  # all that are open have a silent point


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    want: Want
    raised: int = 0  # alerts that have fired for it, ever: each one is a new reason to act
    at: int = 0  # ms UTC, of the last change
    alert: str = ""  # id of the one that changed it last
    rule: str = ""
    point: str = ""
    severity: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried and done last. Without `ended_at` it was cut short, nobody knows with what success."""

    on: bool
    began_at: int  # ms UTC; kept before the try
    ended_at: int | None = None  # kept after it
    ok: bool = False
    answer: str = ""  # in the action's own words
    alert: str = ""  # id of the one that wanted it; "": none did
    severity: str = ""  # of that one then
    tries: int = 1  # in a row for this
    on_since: int | None = None  # ms UTC; None: it is off
    off_since: int | None = None  # None: it is on, or was never switched off
    capped: int = -1  # `Wanted.raised` at which it had been on for long enough; -1: never


class Manual(msgspec.Struct, frozen=True, kw_only=True):
    """What a person at the site has switched it to, whatever alerts want."""

    on: bool
    until: int  # ms UTC; then alerts decide again
    by: Text


def want(database: Database, wanted: Mapping[str, Wanted]) -> None:
    database.sql.executemany(
        "INSERT INTO action (name, wanted) VALUES (?, ?) ON CONFLICT DO UPDATE SET wanted = excluded.wanted",
        [(name, _encode(one)) for name, one in wanted.items()],
    )


def stand(database: Database, name: str, standing: Standing) -> None:
    database.sql.execute(
        "INSERT INTO action (name, standing) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET standing = excluded.standing",
        (name, _encode(standing)),
    )


def wanted(sql: sqlite3.Connection) -> dict[str, Wanted]:
    rows = sql.execute("SELECT name, wanted FROM action WHERE wanted IS NOT NULL")
    return {name: _wanted(body) for name, body in rows}


def standings(sql: sqlite3.Connection) -> dict[str, Standing]:
    rows = sql.execute("SELECT name, standing FROM action WHERE standing IS NOT NULL")
    return {name: _standing(body) for name, body in rows}


def override(sql: sqlite3.Connection, name: str, manual: Manual | None) -> None:
    """None: alerts decide again."""
    sql.execute(
        "INSERT INTO action (name, manual) VALUES (?, ?) ON CONFLICT DO UPDATE SET manual = excluded.manual",
        (name, None if manual is None else _encode(manual)),
    )


def manuals(sql: sqlite3.Connection) -> dict[str, Manual]:
    """Also those whose time is over."""
    rows = sql.execute("SELECT name, manual FROM action WHERE manual IS NOT NULL")
    return {name: _manual(body) for name, body in rows}


_encode = msgspec.msgpack.Encoder().encode
_wanted = msgspec.msgpack.Decoder(Wanted).decode
_manual = msgspec.msgpack.Decoder(Manual).decode
_standing = msgspec.msgpack.Decoder(Standing).decode
