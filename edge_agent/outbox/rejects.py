"""What gave no reading: counted for ever by source and reason, the newest rows kept whole."""

from collections import Counter
from collections.abc import Sequence

from edge_agent.outbox.file import Database
from firmware_bridge.source import REJECT_TEXT_LIMIT, Reject

ROWS_KEPT = 50_000
REASONS_KEPT = 200  # a source; a reason that holds a value would otherwise grow without end
OTHER_REASONS = "other reasons"


def record(database: Database, source: str, rejects: Sequence[Reject], now: int) -> None:
    """In the commit of the readings beside them: a source read again would count them again."""
    if not rejects:
        return
    database.sql.executemany(
        "INSERT INTO reject (source, at, place, text, reason) VALUES (?, ?, ?, ?, ?)",
        [
            (source, now, _cut(reject.where), _cut(reject.text), _cut(reject.reason))
            for reject in rejects[-ROWS_KEPT:]
        ],
    )
    database.sql.execute("DELETE FROM reject WHERE seq <= (SELECT max(seq) FROM reject) - ?", (ROWS_KEPT,))
    for reason, count in Counter(_cut(reject.reason) for reject in rejects).items():
        _count(database, source, reason, count, now)


def _count(database: Database, source: str, reason: str, count: int, now: int) -> None:
    counted = "UPDATE reject_count SET count = count + ?, last_at = ? WHERE source = ? AND reason = ?"
    if database.sql.execute(counted, (count, now, source, reason)).rowcount:
        return
    (reasons,) = database.sql.execute(
        "SELECT count(*) FROM reject_count WHERE source = ?", (source,)
    ).fetchone()
    if reasons >= REASONS_KEPT and reason != OTHER_REASONS:
        _count(database, source, OTHER_REASONS, count, now)
    else:
        database.sql.execute("INSERT INTO reject_count VALUES (?, ?, ?, ?)", (source, reason, count, now))


def _cut(text: str) -> str:
    # Bytes that were no UTF-8 may have become lone surrogates, which SQLite does not take.
    return text[:REJECT_TEXT_LIMIT].encode("utf-8", "replace").decode("utf-8")
