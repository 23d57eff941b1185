"""What is due at a time: set once, claimed by one process, gone in the transaction of its effect.

So it fires once, across processes and restarts: whoever claims a timer and dies leaves a claim that
expires, and who finishes it late finds that it is no longer theirs.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, case, delete, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.database import insert_into, insert_new
from cloud.store.tables.alerting import timer

CLAIM_MS = 60_000  # after it whoever claimed a timer counts as dead

DECIDE = "decide"  # who is told at a place; subject: organisation, site ("": above the sites)
HISTORY = "history"  # when an alert truly began; subject: its id


class Timer(msgspec.Struct, frozen=True):
    kind: str
    subject: str
    organisation_id: int
    due_at: int


async def start(connection: AsyncConnection, one: Timer) -> None:
    """Set it; one that is there moves."""
    await _put(connection, one, literal(one.due_at))


async def start_new(connection: AsyncConnection, listed: Sequence[Timer]) -> None:
    """Set those that are not there."""
    await insert_new(connection, timer, [msgspec.structs.asdict(one) for one in listed])


async def start_sooner(connection: AsyncConnection, one: Timer) -> None:
    """Set it, unless one that is there is due before."""
    await _put(connection, one, case((timer.c.due_at < one.due_at, timer.c.due_at), else_=one.due_at))


async def claim(
    connection: AsyncConnection, worker: str, kinds: Sequence[str], now: int, limit: int = 50
) -> list[Timer]:
    """Some that are due and nobody is at work on, from now on this worker's; oldest first."""
    is_free = or_(timer.c.claimed_at.is_(None), timer.c.claimed_at <= now - CLAIM_MS)
    rows = await connection.execute(
        select(timer.c.kind, timer.c.subject)
        .where(timer.c.kind.in_(kinds), timer.c.due_at <= now, is_free)
        .order_by(timer.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = []
    for kind, subject in rows.all():
        mine = await connection.execute(
            update(timer)
            .where(timer.c.kind == kind, timer.c.subject == subject, timer.c.due_at <= now, is_free)
            .values(claimed_by=worker, claimed_at=now)
            .returning(timer.c.kind, timer.c.subject, timer.c.organisation_id, timer.c.due_at)
        )
        claimed += [Timer(*row) for row in mine]
    return claimed


async def finish(connection: AsyncConnection, worker: str, one: Timer) -> bool:
    """Take away a timer that this worker claimed, in the transaction that does what it is for.

    False: it moved, or another worker has it now; then do nothing.
    """
    done = await connection.execute(
        delete(timer).where(
            timer.c.kind == one.kind,
            timer.c.subject == one.subject,
            timer.c.due_at == one.due_at,
            timer.c.claimed_by == worker,
        )
    )
    return done.rowcount == 1


async def _put(connection: AsyncConnection, one: Timer, due_at: ColumnElement[int]) -> None:
    """Whoever is at work on it leaves it to the new time."""
    row = insert_into(connection, timer).values(**msgspec.structs.asdict(one))
    change = {"due_at": due_at, "claimed_by": None, "claimed_at": None}
    await connection.execute(row.on_conflict_do_update(index_elements=["kind", "subject"], set_=change))
