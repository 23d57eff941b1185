"""Unsealed readings and their points: kept in order of arrival, taken in runs."""

import math
import sqlite3
from collections.abc import Sequence

import msgspec

from edge_agent.outbox.file import Database
from firmware_bridge.source import Reject
from protocol.messages import Lane
from protocol.reading import FUTURE_MS, Origin, Point, Quality, Reading

# Newest values are written to `point` this often, else they are found among the newest readings.
_NOTE_EVERY = 1_000  # readings
_origin = msgspec.msgpack.Decoder(Origin).decode

_TIME_LIMIT = 2**53  # ms; a series holds differences of differences, which must fit 63 bits
_NAME_LIMIT = 128  # bytes, so never more characters than protocol.messages.Name takes

TAKE = {
    # Newest first; what arrived before the run that is taken becomes backlog.
    Lane.LIVE: "SELECT seq, point.name, at, value, quality FROM reading JOIN point ON point.id = point"
    " WHERE seq > ? ORDER BY seq DESC LIMIT ?",
    Lane.BACKLOG: "SELECT seq, point.name, at, value, quality FROM reading JOIN point ON point.id = point"
    " WHERE seq <= ? ORDER BY seq LIMIT ?",
}


class Run(msgspec.Struct, frozen=True):
    """Readings next to each other in order of arrival."""

    first: int  # seq
    last: int
    readings: list[Reading]


def sift(readings: Sequence[Reading]) -> tuple[list[Reading], list[Reject]]:
    """The readings as the outbox gives them back, and those that it or the wire could not hold."""
    fit: list[Reading] = []
    unfit: list[Reject] = []
    for place, reading in enumerate(readings):
        try:
            fit.append(_storable(reading))
        except ValueError as error:
            unfit.append(Reject(f"reading {place} of {len(readings)}", repr(reading), str(error)))
    return fit, unfit


def _storable(reading: Reading) -> Reading:
    if not -_TIME_LIMIT < reading.at < _TIME_LIMIT:
        raise ValueError("no time in ms since 1970")
    if not 0 < len(reading.point.encode()) <= _NAME_LIMIT or "\0" in reading.point:
        raise ValueError(f"the name of a point has 1 to {_NAME_LIMIT} bytes, none of them NUL")
    if reading.value is None or math.isnan(reading.value):
        return Reading(reading.point, reading.at, None, reading.quality | Quality.FAULT)
    return reading


def append(database: Database, readings: Sequence[Reading], boot_ms: int) -> None:
    if not readings:
        return
    boot, seq, now = database.boot(), database.next_seq, database.now()
    rows = []
    for reading in readings:
        point = database.points.get(reading.point) or _add_point(database, Point(reading.point))
        rows.append((seq, point, reading.at, reading.value, int(reading.quality), boot, boot_ms))
        database.see(point, reading.at, reading.value, int(reading.quality), now)
        seq += 1
    database.sql.executemany("INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    database.next_seq = seq
    if database.unsealed is not None:
        database.unsealed += len(rows)
    if seq - database.noted > _NOTE_EVERY:
        note_newest(database)


def register(database: Database, points: Sequence[Point], origins: Sequence[Origin]) -> None:
    bodies = {origin.point: msgspec.msgpack.encode(origin) for origin in origins}
    for point in points:
        if point.name in database.points:
            database.sql.execute(
                "UPDATE point SET unit = ?1, interval_s = ?2, origin = ?3"
                " WHERE id = ?4 AND (unit <> ?1 OR interval_s IS NOT ?2 OR origin IS NOT ?3)",
                (point.unit, point.interval_s, bodies.get(point.name), database.points[point.name]),
            )
        else:
            _add_point(database, point, bodies.get(point.name))


def points(database: Database) -> list[Point]:
    rows = database.sql.execute("SELECT name, unit, interval_s FROM point ORDER BY id")
    return [Point(name, unit, interval_s) for name, unit, interval_s in rows]


def origins(sql: sqlite3.Connection) -> list[Origin]:
    """Of every point that is derived."""
    rows = sql.execute("SELECT origin FROM point WHERE origin IS NOT NULL ORDER BY id")
    return [_origin(body) for (body,) in rows]


def points_of(database: Database, readings: Sequence[Reading]) -> list[Point]:
    """The points of these readings, each once, in the order of their first reading."""
    names = dict.fromkeys(reading.point for reading in readings)
    found = []
    for name in names:
        unit, interval_s = database.sql.execute(
            "SELECT unit, interval_s FROM point WHERE id = ?", (database.points[name],)
        ).fetchone()
        found.append(Point(name, unit, interval_s))
    return found


def look(database: Database, lane: Lane, limit: int) -> Run | None:
    """The next run of a lane, at most `limit` long; None: there is none."""
    rows = database.sql.execute(TAKE[lane], (database.border, limit)).fetchall()
    if not rows:
        return None
    if lane is Lane.LIVE:
        rows.reverse()
    return Run(
        rows[0][0], rows[-1][0], [Reading(name, at, value, quality) for _, name, at, value, quality in rows]
    )


def take(database: Database, lane: Lane, run: Run) -> None:
    """The run is sealed: it leaves `reading`, and a live one moves the border."""
    note_newest(database)
    count_unsealed(database)
    database.sql.execute("DELETE FROM reading WHERE seq BETWEEN ? AND ?", (run.first, run.last))
    database.unsealed = (database.unsealed or 0) - len(run.readings)
    if lane is Lane.LIVE:
        database.border = run.last
        database.set_counter("border", run.last)
        database.backlog = database.unsealed  # all that is left arrived before
    else:
        database.backlog = (database.backlog or 0) - len(run.readings)


def count_unsealed(database: Database) -> tuple[int, int]:
    """Unsealed readings, and how many of them are backlog. Counts once, then remembers."""
    if database.unsealed is None or database.backlog is None:
        (database.unsealed,) = database.sql.execute("SELECT count(*) FROM reading").fetchone()
        (database.backlog,) = database.sql.execute(
            "SELECT count(*) FROM reading WHERE seq <= ?", (database.border,)
        ).fetchone()
    return database.unsealed or 0, database.backlog or 0


def note_newest(database: Database) -> None:
    """Write the newest reading of each point; an older one than is written changes nothing, unless that is
    from the future.
    """
    if database.noted == database.next_seq - 1:
        return
    latest = database.now() + FUTURE_MS
    database.sql.executemany(
        "UPDATE point SET newest_at = ?2, newest_value = ?3, newest_quality = ?4"
        " WHERE id = ?1 AND (newest_at IS NULL OR newest_at <= ?2 OR newest_at > ?5)",
        [(point, *newest, latest) for point, newest in database.newest.items()],
    )
    database.newest.clear()
    database.noted = database.next_seq - 1
    database.set_counter("noted", database.noted)


def _add_point(database: Database, point: Point, origin: bytes | None = None) -> int:
    (key,) = database.sql.execute(
        "INSERT INTO point (name, unit, interval_s, origin) VALUES (?, ?, ?, ?) RETURNING id",
        (point.name, point.unit, point.interval_s, origin),
    ).fetchone()
    database.points[point.name] = key
    return int(key)
