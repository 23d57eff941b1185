"""What births list as open. An alert of an earlier outbox that is not among them is forgotten there."""

from functools import partial

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import engine
from cloud.store import alerts, contacts, transitions
from cloud.store.contacts import Listed
from cloud.store.database import Database
from cloud.store.transitions import Place

AT_ONCE = 100


async def look(database: Database, now: int) -> int:
    """Mark what is forgotten as stale; how many births were looked at."""
    async with database.reading() as connection:
        listed = await contacts.births(connection, AT_ONCE)
    for one in listed:
        await database.write(partial(_look_at, one=one, now=now))
    return len(listed)


async def _look_at(connection: AsyncConnection, one: Listed, now: int) -> None:
    if not await transitions.lock(connection, Place(one.organisation_id, one.site_id)):
        return
    gone = [
        member
        for member in await transitions.open_members(connection, one.gateway_id)
        # What the cloud itself tells has no epoch.
        if member.epoch not in ("", one.epoch)
        and member.id not in one.open_alerts
        and member.forgotten_at is None
    ]
    rows = await alerts.among(connection, {member.alert_id for member in gone})
    for member in gone:
        row, forgotten = engine.forgotten(rows[member.alert_id], member, now)
        await alerts.save(connection, [msgspec.structs.replace(row, settled=False)])
        await transitions.save_members(connection, [forgotten])
    await contacts.looked_at(connection, one)
