"""Timers that are due, each in a transaction of its own that takes it away."""

from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import tell
from cloud.store import faults, timers
from cloud.store.database import Database
from cloud.store.timers import DECIDE, Timer

log = structlog.get_logger()

AGAIN_MS = 60_000  # a timer whose work fails is tried again then, and holds up no other


async def ring(database: Database, worker: str, now: int) -> set[str]:
    """Do what is due; the alerts that it changed. Raises only what the database is to blame for."""
    changed: set[str] = set()
    while True:
        due = await database.write(partial(_claim, worker=worker, now=now))
        for one in due:
            changed |= await _ring(database, worker, one, now)
        if not due:
            return changed


async def _claim(connection: AsyncConnection, worker: str, now: int) -> list[Timer]:
    return await timers.claim(connection, worker, (DECIDE,), now)


async def _ring(database: Database, worker: str, one: Timer, now: int) -> set[str]:
    try:
        return await database.write(partial(_work, worker=worker, one=one, now=now))
    except Exception as error:
        if faults.is_of_the_moment(error):
            raise
        log.exception("timer failed", kind=one.kind, subject=one.subject)
        later = Timer(one.kind, one.subject, one.organisation_id, now + AGAIN_MS)
        await database.write(partial(timers.start, one=later))
        return set()


async def _work(connection: AsyncConnection, worker: str, one: Timer, now: int) -> set[str]:
    if not await timers.finish(connection, worker, one):
        return set()
    return await tell.decide(connection, tell.place_of(one.subject), now)
