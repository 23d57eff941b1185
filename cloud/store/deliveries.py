"""What becomes of notifications: claimed by one process, tried, settled. The row is the queue.

A claim is a conditional update that dies after a while: a killed process's message is sent by another, with
the same key. What a message carries besides its own notification (`carried_by`) ends as it ends.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Row, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.notifying import attempt, notification
from cloud.store.tables.people import person

WAITING = ("queued", "retry")
_GONE_AFTER_MS = 600_000

_n = notification.c


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A message that this process has claimed."""

    id: int
    organisation_id: int
    key: str
    alert_id: str | None
    person: str
    site_id: int | None  # None: of an alert above the sites
    address: str
    language: str
    subject: str
    body: str
    expires_at: int
    tries: int  # this one among them
    claimed_by: str
    claimed_at: int


class Dead(msgspec.Struct, frozen=True):
    """Where a message will never be sent: somebody else may have to be told."""

    organisation_id: int
    site_id: int | None


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """How one try ended."""

    at: int
    outcome: str  # sent, delivered, retry, dead
    answer: str  # of the provider, without secrets
    parts: int = 0  # of an SMS
    due_at: int | None = None  # of the next try; None: there is none


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A try as it is kept."""

    notification_id: int
    at: int
    channel: str
    outcome: str
    answer: str
    parts: int


async def next_due(connection: AsyncConnection, channel: str, claim_ms: int) -> int | None:
    """When this channel has something to send; None: nothing waits."""
    waiting = await connection.scalar(
        select(func.min(_n.due_at)).where(
            _n.channel == channel, _n.state.in_(WAITING), _n.carried_by.is_(None)
        )
    )
    claimed = await connection.scalar(
        select(func.min(_n.claimed_at)).where(_n.channel == channel, _n.state == "sending")
    )
    return min(
        (at for at in (waiting, claimed + claim_ms if claimed else None) if at is not None), default=None
    )


async def claim(
    connection: AsyncConnection, channel: str, worker: str, now: int, claim_ms: int, limit: int
) -> list[Due]:
    """Some that are due, from now on this worker's; longest due first."""
    is_free = and_(
        _n.channel == channel,
        _n.carried_by.is_(None),
        _n.expires_at > now,
        or_(
            and_(_n.state.in_(WAITING), _n.due_at <= now),
            and_(_n.state == "sending", _n.claimed_at <= now - claim_ms),
        ),
    )
    found = await connection.scalars(
        select(_n.id).where(is_free).order_by(_n.due_at, _n.id).limit(limit).with_for_update(skip_locked=True)
    )
    ids = found.all()
    if not ids:
        return []
    mine = await connection.execute(
        update(notification)
        .where(_n.id.in_(ids), is_free)
        .values(state="sending", claimed_by=worker, claimed_at=now, tries=_n.tries + 1)
        .returning(_n.id)
    )
    rows = await connection.execute(
        select(notification, person.c.name.label("person"))
        .join(person, person.c.id == _n.person_id)
        .where(_n.id.in_([row.id for row in mine]))
        .order_by(_n.due_at, _n.id)
    )
    return [_due(row) for row in rows]


async def free(connection: AsyncConnection, worker: str, started_at: int) -> None:
    """What this worker had claimed when it was killed may be claimed at once."""
    await connection.execute(
        update(notification)
        .where(_n.state == "sending", _n.claimed_by == worker, _n.claimed_at < started_at)
        .values(state="retry", due_at=started_at, claimed_by=None, claimed_at=None)
    )


async def put_back(connection: AsyncConnection, one: Due, due_at: int) -> None:
    """It was not tried: its provider is left in peace for now."""
    await connection.execute(
        update(notification)
        .where(_is_mine(one))
        .values(state="retry", due_at=due_at, claimed_by=None, claimed_at=None, tries=_n.tries - 1)
    )


async def settle(connection: AsyncConnection, one: Due, done: Try) -> None:
    """Keep the try, and what it makes of the message and all that it carries.

    That it was sent is true even if the claim has died meanwhile; that it was not is then for others to say.
    Where it is dead, somebody else may have to be told: `cloud.alerting.tell.touch` in this transaction.
    """
    await keep(connection, one.organisation_id, one.id, done)
    is_sent = done.outcome in ("sent", "delivered")
    mine = and_(_n.id == one.id, _n.state.in_((*WAITING, "sending"))) if is_sent else _is_mine(one)
    end = {"state": done.outcome, "sent_at": done.at if is_sent else None}
    settled = await connection.execute(
        update(notification)
        .where(mine)
        .values(**end, due_at=done.due_at or _n.due_at, claimed_by=None, claimed_at=None)
    )
    if settled.rowcount and done.outcome != "retry":
        await connection.execute(
            update(notification).where(_n.carried_by == one.id, _n.state.in_(WAITING)).values(**end)
        )


async def keep(connection: AsyncConnection, organisation_id: int, key: int, done: Try) -> None:
    await connection.execute(
        insert(attempt).values(
            organisation_id=organisation_id,
            notification_id=key,
            at=done.at,
            channel=select(_n.channel).where(_n.id == key).scalar_subquery(),
            outcome=done.outcome,
            answer=done.answer,
            parts=done.parts,
        )
    )


async def expire(
    connection: AsyncConnection, channels: Collection[str], now: int, claim_ms: int, limit: int
) -> list[Dead]:
    """End what is not worth sending any more, or has long waited for a channel that is none of these."""
    # Another process may have that channel, while its settings are on their way to this one.
    is_gone = and_(_n.channel.not_in(sorted(channels)), _n.created_at <= now - _GONE_AFTER_MS)
    is_over = and_(
        or_(_n.expires_at <= now, is_gone),
        _n.carried_by.is_(None),
        or_(
            and_(_n.state.in_(WAITING), _n.due_at.is_not(None)),
            and_(_n.state == "sending", _n.claimed_at <= now - claim_ms),
        ),
    )
    found = await connection.execute(
        select(_n.id, _n.organisation_id, _n.site_id, _n.tries, _n.channel, is_gone.label("is_gone"))
        .where(is_over)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = found.all()
    for row in rows:
        why = "it expired before it was sent" if row.tries else "it expired, and its channel never took it"
        if row.is_gone:
            why = f'there is no channel "{row.channel}" any more: give the person another address'
        await keep(connection, row.organisation_id, row.id, Try(at=now, outcome="dead", answer=why))
    ids = [row.id for row in rows]
    if ids:
        await connection.execute(
            update(notification)
            .where(or_(_n.id.in_(ids), _n.carried_by.in_(ids)), _n.state.in_((*WAITING, "sending")))
            .values(state="dead", claimed_by=None, claimed_at=None)
        )
    return [Dead(row.organisation_id, row.site_id) for row in rows]


async def sms_parts_since(connection: AsyncConnection, channel: str, since: int) -> int:
    """Parts that were sent by this channel."""
    return (
        await connection.scalar(
            select(func.coalesce(func.sum(attempt.c.parts), 0)).where(
                attempt.c.channel == channel, attempt.c.at > since, attempt.c.parts > 0
            )
        )
        or 0
    )


async def attempts_of(connection: AsyncConnection, ids: Collection[int]) -> list[Attempt]:
    """Every try of these notifications, oldest first."""
    rows = await connection.execute(
        select(attempt).where(attempt.c.notification_id.in_(sorted(ids))).order_by(attempt.c.at, attempt.c.id)
    )
    return [msgspec.convert(row, Attempt, from_attributes=True) for row in rows]


def _is_mine(one: Due) -> Any:
    return and_(
        _n.id == one.id,
        _n.state == "sending",
        _n.claimed_by == one.claimed_by,
        _n.claimed_at == one.claimed_at,
    )


def _due(row: Row[Any]) -> Due:
    return msgspec.convert(row, Due, from_attributes=True)
