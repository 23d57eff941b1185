"""Whether alerting has anything to do: one small question, since it is asked after every commit."""

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.alerting import timer
from cloud.store.tables.batches import transition
from cloud.store.tables.sites import gateway
from cloud.store.timers import DECIDE, HISTORY


class Pending(msgspec.Struct, frozen=True):
    transitions: bool  # some are in no alert yet
    births: bool  # some were not looked at
    decisions: bool  # are due
    histories: bool  # are due


async def look(connection: AsyncConnection, now: int) -> Pending:
    due = timer.c.due_at <= now
    rows = await connection.execute(
        select(
            exists().where(transition.c.merged_at.is_(None)),
            exists().where(gateway.c.open_alerts.is_not(None)),
            exists().where(due, timer.c.kind == DECIDE),
            exists().where(due, timer.c.kind == HISTORY),
        )
    )
    return Pending(*(bool(one) for one in rows.one()))
