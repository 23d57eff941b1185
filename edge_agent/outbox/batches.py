"""Sealing: a run of readings or events becomes the exact bytes that travel, and stays them."""

import secrets
from collections.abc import Sequence

import msgspec

from edge_agent import clock
from edge_agent.outbox import events, unsealed
from edge_agent.outbox.events import Events
from edge_agent.outbox.file import Database
from edge_agent.outbox.unsealed import Run
from protocol import codec
from protocol.messages import Batch, Lane, Loss, Refusal, Transition
from protocol.reading import Point, Reading

LIMIT = 2_000  # readings of a batch: never more points or events than a batch may have

# The first term is that of the index `batch_open`, word for word: SQLite proves no more.
_UNDER_WAY = "state <> 'settled' AND state = 'sealed'"
_SELECT = """
    SELECT epoch.name, number, digest, bytes, readings
    FROM batch JOIN epoch ON epoch.id = batch.epoch JOIN body ON body.batch = batch.seq
"""


class Sealed(msgspec.Struct, frozen=True):
    """A batch as it travels: the same bytes at every sending."""

    epoch: str
    number: int
    digest: str  # protocol.codec.digest of the body
    body: bytes  # uncompressed; protocol.codec.compress makes the payload
    readings: int


def seal(database: Database, lane: Lane, limit: int, now: int, boot_ms: int) -> Sealed | None:
    """The next batch of a lane; None: nothing waits in it."""
    if lane is Lane.ALERT:
        return _seal_events(database, now, boot_ms)
    if lane is Lane.BACKLOG and (again := _send_again(database)):
        return again
    return _seal_readings(database, lane, min(limit, LIMIT), now, boot_ms)


def unsettled(database: Database, limit: int) -> list[Sealed]:
    """What is under way, in the order of sealing."""
    rows = database.sql.execute(
        f"{_SELECT} WHERE {_UNDER_WAY} ORDER BY seq LIMIT ?",
        (limit,),
    )
    return [_sealed(row) for row in rows]


def reseal(database: Database, now: int) -> None:
    """Every batch under way again in a new epoch: other bytes, the same readings, times and ids."""
    database.begin_epoch(now)
    open_batches = f"SELECT seq FROM batch WHERE {_UNDER_WAY} ORDER BY seq"  # noqa: S608  constants
    for (seq,) in database.sql.execute(open_batches).fetchall():
        _reseal(database, seq)


def reseal_one(database: Database, epoch: str, number: int) -> Sealed | None:
    """One batch under way again in the current epoch; None: it is not under way."""
    found = database.sql.execute(
        f"SELECT seq FROM batch JOIN epoch ON epoch.id = batch.epoch"  # noqa: S608  a constant
        f" WHERE {_UNDER_WAY} AND epoch.name = ? AND number = ?",
        (epoch, number),
    ).fetchone()
    if found is None:
        return None
    _reseal(database, found[0])
    return _sealed(database.sql.execute(f"{_SELECT} WHERE seq = ?", found).fetchone())


def park(database: Database, epoch: str, number: int, refusal: Refusal, now: int) -> None:
    """Keep a refused batch aside; its events go again, each alone, unless one alone was refused."""
    found = database.sql.execute(
        "SELECT seq, readings FROM batch JOIN epoch ON epoch.id = batch.epoch"
        " WHERE state <> 'settled' AND epoch.name = ? AND number = ?",
        (epoch, number),
    ).fetchone()
    if found is None:
        return
    seq, count = found
    batch = _batch(database, seq)
    if count or len(batch.transitions) + len(batch.losses) > 1:
        events.add(database, batch.transitions, batch.losses, alone=True)
    database.sql.execute(
        "INSERT INTO parked (epoch, number, readings, parked_at, code, reason, bytes)"
        " SELECT ?2, ?3, ?4, ?5, ?6, ?7, bytes FROM body WHERE batch = ?1",
        (seq, epoch, number, count, now, refusal.code, refusal.reason),
    )
    database.sql.execute("DELETE FROM batch WHERE seq = ?", (seq,))
    database.sql.execute("DELETE FROM body WHERE batch = ?", (seq,))
    if epoch == database.epoch:
        database.begin_epoch(now)


def next_number(database: Database) -> int:
    """Of the next batch in the current epoch."""
    (number,) = database.sql.execute(
        "SELECT next_number FROM epoch WHERE id = ?", (database.epoch_id,)
    ).fetchone()
    return int(number)


def _send_again(database: Database) -> Sealed | None:
    """The oldest batch that a restored cloud must get again: under way once more, unchanged."""
    row = database.sql.execute(
        "UPDATE batch SET state = 'sealed' WHERE seq = (SELECT seq FROM batch"
        " WHERE state <> 'settled' AND state = 'resend' ORDER BY seq LIMIT 1) RETURNING seq"
    ).fetchone()
    if row is None:
        return None
    return _sealed(database.sql.execute(f"{_SELECT} WHERE seq = ?", row).fetchone())


def _seal_events(database: Database, now: int, boot_ms: int) -> Sealed | None:
    limit = LIMIT
    while waiting := events.look(database, limit):
        body = _encode(database, Lane.ALERT, now, boot_ms, happened=waiting)
        if _fits(body, limit):
            events.take(database, waiting)
            return _keep(database, body, [])
        limit //= 2
    return None


def _seal_readings(database: Database, lane: Lane, limit: int, now: int, boot_ms: int) -> Sealed | None:
    while run := unsealed.look(database, lane, limit):
        body = _encode(database, lane, now, boot_ms, run=run)
        if _fits(body, limit):
            unsealed.take(database, lane, run)
            return _keep(database, body, run.readings)
        limit //= 2
    return None


def _fits(body: bytes, limit: int) -> bool:
    """Whether it can travel even if it does not compress. One reading or event always can."""
    return len(body) <= codec.PAYLOAD_LIMIT or limit <= 1


def _encode(
    database: Database,
    lane: Lane,
    now: int,
    boot_ms: int,
    run: Run | None = None,
    happened: Events | None = None,
) -> bytes:
    taken: Sequence[Reading] = run.readings if run else ()
    points: list[Point] = unsealed.points_of(database, taken)
    transitions: list[Transition] = happened.transitions if happened else []
    losses: list[Loss] = happened.losses if happened else []
    return codec.encode(
        Batch(
            epoch=database.epoch,
            number=next_number(database),
            lane=lane,
            boot=clock.boot_id(),
            boot_ms=boot_ms,
            sealed_at=now,
            # Random, so that two clones never make one batch of the same number and bytes.
            correlation=secrets.token_hex(4),
            points=points,
            series=codec.pack(taken, points),
            transitions=transitions,
            losses=losses,
        )
    )


def _keep(database: Database, body: bytes, taken: Sequence[Reading]) -> Sealed:
    digest = codec.digest(body)
    number = _next_number(database)
    oldest_at = min((reading.at for reading in taken), default=None)
    (seq,) = database.sql.execute(
        "INSERT INTO batch (epoch, number, state, readings, oldest_at, digest)"
        " VALUES (?, ?, 'sealed', ?, ?, ?) RETURNING seq",
        (database.epoch_id, number, len(taken), oldest_at, bytes.fromhex(digest)),
    ).fetchone()
    database.sql.execute("INSERT INTO body VALUES (?, ?)", (seq, body))
    return Sealed(database.epoch, number, digest, body, len(taken))


def _reseal(database: Database, seq: int) -> None:
    """Other bytes in the current epoch, the same readings, times and ids."""
    batch = msgspec.structs.replace(
        _batch(database, seq), epoch=database.epoch, number=_next_number(database)
    )
    body = codec.encode(batch)
    database.sql.execute("UPDATE body SET bytes = ? WHERE batch = ?", (body, seq))
    database.sql.execute(
        "UPDATE batch SET epoch = ?, number = ?, digest = ? WHERE seq = ?",
        (database.epoch_id, batch.number, bytes.fromhex(codec.digest(body)), seq),
    )


def _next_number(database: Database) -> int:
    """Takes a number: no batch of this epoch had it, none will have it again."""
    (number,) = database.sql.execute(
        "UPDATE epoch SET next_number = next_number + 1 WHERE id = ? RETURNING next_number - 1",
        (database.epoch_id,),
    ).fetchone()
    return int(number)


def _batch(database: Database, seq: int) -> Batch:
    (body,) = database.sql.execute("SELECT bytes FROM body WHERE batch = ?", (seq,)).fetchone()
    return msgspec.msgpack.decode(body, type=Batch)


def _sealed(row: tuple[str, int, bytes, bytes, int]) -> Sealed:
    epoch, number, digest, body, count = row
    return Sealed(epoch, number, digest.hex(), body, count)
