"""What is to be told to whom, and every decision not to. What became of it is in store/deliveries.py."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.database import insert_into
from cloud.store.tables.alerting import decision
from cloud.store.tables.notifying import notification
from protocol.rule import Severity


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that one person is told on one channel; the columns of the table, as it comments them."""

    id: int = 0  # 0: not kept yet
    organisation_id: int
    key: str
    alert_id: str | None
    member_id: str
    site_id: int | None
    counter: int
    occasion: str  # page, resolve, repeat, escalation, catch_up, test
    is_over: bool = False
    severity: Severity
    person_id: int
    channel: str
    address: str
    language: str = "en"
    state: str = "queued"
    carried_by: int | None = None
    subject: str = ""
    body: str = ""
    created_at: int
    due_at: int | None = None  # of the next try; None: not to be claimed
    expires_at: int
    tries: int = 0
    sent_at: int | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is not told."""

    organisation_id: int
    alert_id: str
    counter: int
    person_id: int | None = None  # None: everybody
    reason: str
    detail: str = ""
    at: int


async def add_message(
    connection: AsyncConnection, rows: Sequence[Notification], subject: str, body: str, now: int
) -> None:
    """Let one message go to one person on one channel: the first row carries it, and tells of the others.

    Rows whose key is there already have been told; if none is new, there is no message.
    """
    carrier: int | None = None
    for one in rows:
        values = msgspec.structs.asdict(one) | {"carried_by": carrier, "due_at": now}
        del values["id"]
        if carrier is None:
            values |= {"subject": subject, "body": body}
        made: int | None = await connection.scalar(
            insert_into(connection, notification)
            .values(values)
            .on_conflict_do_nothing()
            .returning(notification.c.id)
        )
        carrier = carrier or made


async def keep_done(connection: AsyncConnection, one: Notification) -> int:
    """One that was sent, or not, outside the queue: a test. Its id."""
    values = msgspec.structs.asdict(one)
    del values["id"]
    made: int = await connection.scalar(insert(notification).values(values).returning(notification.c.id))
    return made


async def decide(connection: AsyncConnection, rows: Sequence[Decision]) -> None:
    """Keep why somebody was not told."""
    if rows:
        await connection.execute(insert(decision), [msgspec.structs.asdict(one) for one in rows])


async def of_alerts(connection: AsyncConnection, keys: Collection[str]) -> list[Notification]:
    """Everything that was to be told of these alerts, oldest first."""
    rows = await connection.execute(
        select(notification)
        .where(notification.c.alert_id.in_(sorted(keys)))
        .order_by(notification.c.created_at, notification.c.id)
    )
    return [_notification(row) for row in rows]


async def decisions_of(connection: AsyncConnection, keys: Collection[str]) -> list[Decision]:
    """Of these alerts, oldest first."""
    rows = await connection.execute(
        select(decision).where(decision.c.alert_id.in_(sorted(keys))).order_by(decision.c.at, decision.c.id)
    )
    return [msgspec.convert(row, Decision, from_attributes=True) for row in rows]


async def among_reason(
    connection: AsyncConnection, keys: Collection[str], reason: str
) -> set[tuple[str, int]]:
    """Which of these alerts were not told for this reason, and as of which counter."""
    rows = await connection.execute(
        select(decision.c.alert_id, decision.c.counter).where(
            decision.c.alert_id.in_(sorted(keys)), decision.c.reason == reason
        )
    )
    return {(row[0], row[1]) for row in rows}


async def page(
    connection: AsyncConnection,
    organisation_id: int,
    before: int | None,
    limit: int,
    person_id: int | None = None,
    state: str | None = None,
) -> list[Notification]:
    """Newest first, from before the one with that id."""
    query = select(notification).where(notification.c.organisation_id == organisation_id)
    if before is not None:
        query = query.where(notification.c.id < before)
    if person_id is not None:
        query = query.where(notification.c.person_id == person_id)
    if state is not None:
        query = query.where(notification.c.state == state)
    rows = await connection.execute(query.order_by(notification.c.id.desc()).limit(limit))
    return [_notification(row) for row in rows]


async def count_by_state(connection: AsyncConnection) -> Mapping[str, int]:
    """What is not over yet, of all organisations: for the metrics."""
    rows = await connection.execute(
        select(notification.c.state, func.count())
        .where(notification.c.state.in_(("queued", "sending", "retry")))
        .group_by(notification.c.state)
    )
    return {row[0]: row[1] for row in rows}


def _notification(row: Row[Any]) -> Notification:
    return msgspec.convert(row, Notification, from_attributes=True)
