"""Batches that the cloud has: settled by its receipts, kept for a restored cloud, then forgotten."""

from collections.abc import Sequence

from edge_agent.outbox import rejects
from edge_agent.outbox.file import Database
from firmware_bridge.source import Reject
from protocol import codec
from protocol.messages import Batch, Receipt

_KEPT_MS = 7 * 86_400_000
_STEP = 20  # batches deleted in one commit at most

# What is open is little and indexed; a receipt for anything else is late, doubled, or another box's.
_FIND = """
    SELECT batch.seq, settled_at FROM batch INDEXED BY batch_open JOIN epoch ON epoch.id = batch.epoch
    WHERE batch.state <> 'settled' AND epoch.name = ? AND batch.number = ? AND batch.digest = ?
"""


def settle(database: Database, receipts: Sequence[Receipt], now: int) -> None:
    for receipt in receipts:
        digest = _bytes(receipt.digest)
        found = database.sql.execute(_FIND, (receipt.epoch, receipt.number, digest)).fetchone()
        if found is None:
            continue
        seq, before_at = found
        database.sql.execute("UPDATE batch SET state = 'settled', settled_at = ? WHERE seq = ?", (now, seq))
        # A restored cloud rejects again what it rejected before: that was counted.
        if receipt.rejected and before_at is None:
            _list_rejected(database, seq, receipt, now)
    evict(database, before=now - _KEPT_MS)


def evict(database: Database, before: int | None) -> int:
    """Forget a few of the oldest settled batches, those settled before a time; how many."""
    gone = database.sql.execute(
        "SELECT seq FROM (SELECT seq, state, settled_at FROM batch ORDER BY seq LIMIT ?)"
        " WHERE state = 'settled' AND (?2 IS NULL OR settled_at < ?2)",
        (_STEP, before),
    ).fetchall()
    database.sql.executemany("DELETE FROM batch WHERE seq = ?", gone)
    database.sql.executemany("DELETE FROM body WHERE batch = ?", gone)
    return len(gone)


def mark(database: Database) -> int:
    """Up to it every number of the current epoch is settled: what is open holds it back."""
    (first,) = database.sql.execute(
        "SELECT min(number) FROM ("
        "SELECT number FROM batch WHERE state <> 'settled' AND epoch = ?1"
        " UNION ALL SELECT next_number FROM epoch WHERE id = ?1)",
        (database.epoch_id,),
    ).fetchone()
    return int(first) - 1


def resend_from(database: Database, mark: int, now: int) -> None:
    """Of earlier epochs the mark is not known: all that is kept of them goes again, which is harmless."""
    database.sql.execute(
        "UPDATE batch SET state = 'resend' WHERE state = 'settled' AND (epoch <> ? OR number > ?)",
        (database.epoch_id, mark),
    )
    database.begin_epoch(now)


def _list_rejected(database: Database, seq: int, receipt: Receipt, now: int) -> None:
    """What the cloud could not take is listed here too, beside what sources could not read."""
    (body,) = database.sql.execute("SELECT bytes FROM body WHERE batch = ?", (seq,)).fetchone()
    batch = codec.decode(body)
    readings = codec.unpack(batch) if isinstance(batch, Batch) else []
    rejects.record(
        database,
        "cloud",
        [
            Reject(
                where=f"batch {receipt.number}, place {place}",
                text=f"{readings[place].point} {readings[place].value} at {readings[place].at}",
                reason=code,
            )
            for place, code in receipt.rejected
            if place < len(readings)
        ],
        now,
    )


def _bytes(digest: str) -> bytes:
    """The digest as it is stored; what is no hex matches no batch."""
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""
