"""What an outbox can say about itself, to `status` and `doctor`, also while an agent runs on it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from edge_agent.outbox import actions, events, judged, marks
from edge_agent.outbox.actions import Manual, Standing, Wanted
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.file import check_version, is_old
from edge_agent.outbox.judged import OpenAlert, Rulebook
from edge_agent.outbox.unsealed import origins
from protocol.acknowledgement import Acknowledgement
from protocol.breaker import Breaker
from protocol.messages import Loss, Queue, RefusalCode
from protocol.reading import FUTURE_MS, Origin

_SHOWN = 20  # parked batches and losses

# Sealed batches that the cloud has not receipted, also those a restored cloud must get again.
_OPEN = "FROM batch INDEXED BY batch_open WHERE state <> 'settled'"

# The newest reading of a point: written down up to the counter `noted`, few are behind it.
_POINTS = """
    SELECT point.name, unit, interval_s,
           coalesce(late.at, newest_at), iif(late.at IS NULL, newest_value, late.value),
           coalesce(late.quality, newest_quality)
    FROM point LEFT JOIN (
        SELECT point, max(at) AS at, value, quality FROM reading
        WHERE seq > (SELECT value FROM counter WHERE name = 'noted') AND at <= :latest GROUP BY point
    ) AS late ON late.point = point.id AND (late.at >= coalesce(newest_at, late.at) OR newest_at > :latest)
    ORDER BY point.name
"""

_REJECTS = """
    SELECT source, reason, count, last_at, place, text
    FROM reject_count LEFT JOIN (
        SELECT source, reason, place, text, max(seq) FROM reject GROUP BY source, reason
    ) USING (source, reason)
    ORDER BY last_at DESC
"""


class PointFact(msgspec.Struct, frozen=True):
    """A point and the newest reading that was kept of it."""

    name: str
    unit: str
    interval_s: float | None
    at: int | None  # ms UTC; None: no reading yet
    value: float | None
    quality: int


class RejectFact(msgspec.Struct, frozen=True):
    """Rows that gave no reading for one reason, and the newest of them as it was found."""

    source: str
    reason: str
    count: int
    last_at: int  # when the newest one was recorded, ms UTC
    where: str | None  # "feeds.csv record 17"; None: its row is no longer kept
    text: str | None


class ParkedFact(msgspec.Struct, frozen=True):
    epoch: str
    number: int
    code: RefusalCode
    reason: str
    readings: int
    parked_at: int  # ms UTC


class OutboxFacts(msgspec.Struct, frozen=True, kw_only=True):
    queue: Queue
    points: list[PointFact]
    origins: list[Origin]
    breakers: dict[str, Breaker]
    rejects: list[RejectFact]
    parked: list[ParkedFact]  # the newest 20
    losses: list[Loss]  # the newest 20
    losses_recorded: int
    notes: dict[str, str]  # what `Outbox.note` was given
    open_alerts: list[OpenAlert] = []
    acknowledgements: dict[str, Acknowledgement] = {}  # by the id of their alert
    rulebook: Rulebook | None = None  # the rules that run; None: the cloud never sent any
    wanted: dict[str, Wanted] = {}  # local actions, by name
    standings: dict[str, Standing] = {}
    manuals: dict[str, Manual] = {}


def read_facts(path: Path, now: int) -> OutboxFacts:
    """Read-only, from any process. Raises OutboxError where there is no readable outbox."""
    if not path.exists():
        raise OutboxError(f"{path} is not there: no agent has recorded with this configuration yet")
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
        ) as sql:
            if not check_version(path, sql):
                raise OutboxError(f"{path} is empty: no agent has recorded with this configuration yet")
            if is_old(sql):
                raise OutboxError(f"{path} was written by an older evara-agent: start the agent once")
            sql.execute("BEGIN")
            return _facts(sql, now)
    except sqlite3.Error as error:
        raise OutboxError(
            f"{path} cannot be read: {error}; run this as the agent's user, or as root"
        ) from error


def _facts(sql: sqlite3.Connection, now: int) -> OutboxFacts:
    (losses_recorded,) = _row(sql, "SELECT coalesce(max(recorded), 0) FROM loss")
    unsealed, backlog = _row(
        sql,
        "SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM reading"
        " WHERE seq <= (SELECT value FROM counter WHERE name = 'border'))",
    )
    return OutboxFacts(
        queue=queue(sql, unsealed, backlog),
        points=[PointFact(*row) for row in sql.execute(_POINTS, {"latest": now + FUTURE_MS})],
        origins=origins(sql),
        breakers=marks.breakers(sql),
        rejects=[RejectFact(*row) for row in sql.execute(_REJECTS)],
        parked=_parked(sql),
        losses=[
            events.loss(body)
            for (body,) in sql.execute("SELECT body FROM loss ORDER BY recorded DESC LIMIT ?", (_SHOWN,))
        ],
        losses_recorded=losses_recorded,
        notes=marks.notes(sql),
        open_alerts=judged.open_alerts(sql),
        acknowledgements=judged.acknowledgements(sql),
        rulebook=judged.rulebook(sql),
        wanted=actions.wanted(sql),
        standings=actions.standings(sql),
        manuals=actions.manuals(sql),
    )


def queue(sql: sqlite3.Connection, unsealed: int, backlog: int) -> Queue:
    """What is still held. The oldest unsealed reading is taken to be the one that came first."""
    sealed, again, sealed_at = _row(
        sql,
        f"SELECT coalesce(sum(readings), 0), coalesce(sum(iif(state = 'resend', readings, 0)), 0),"
        f" min(oldest_at) {_OPEN}",
    )
    first = sql.execute("SELECT at FROM reading ORDER BY seq LIMIT 1").fetchone()
    ages = [at for at in (sealed_at, first and first[0]) if at is not None]
    (parked,) = _row(sql, "SELECT count(*) FROM parked")
    return Queue(
        readings=unsealed + sealed,
        backlog=backlog + again,
        oldest_at=min(ages, default=None),
        parked=parked,
    )


def _parked(sql: sqlite3.Connection) -> list[ParkedFact]:
    rows = sql.execute(
        "SELECT epoch, number, code, reason, readings, parked_at FROM parked ORDER BY parked_at DESC LIMIT ?",
        (_SHOWN,),
    )
    return [
        ParkedFact(epoch, number, RefusalCode(code), reason, readings, parked_at)
        for epoch, number, code, reason, readings, parked_at in rows
    ]


def _row(sql: sqlite3.Connection, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = sql.execute(query).fetchone()
    return row
