"""What keeps the store in order while nobody looks: roll-ups, partitions ahead, clearing out what is over."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.identity.sign_in import FORGET_FAILURES_MS
from cloud.store import faults, rollups, sessions
from cloud.store.database import Database
from cloud.store.partitions import Partitions
from protocol.backoff import delays

log = structlog.get_logger()

_ROLL_UP_EVERY_S = 20.0
_HOURLY_S = 3_600.0


async def keep_up(database: Database, partitions: Partitions, clock: Callable[[], int]) -> None:
    """For ever, each chore at its own pace; several processes may do it at once."""
    async with asyncio.TaskGroup() as tasks:
        for chore, every_s in (
            (lambda: roll_up_all(database, clock), _ROLL_UP_EVERY_S),
            (lambda: partitions.make_ahead(clock()), _HOURLY_S),
            (lambda: tidy(database, clock()), _HOURLY_S),
        ):
            tasks.create_task(_repeat(chore, every_s))


async def roll_up_all(database: Database, clock: Callable[[], int]) -> int:
    """Count every dirty bucket that is over, a few in each transaction; how many."""
    total = 0
    while count := await database.write(lambda connection: rollups.roll_up(connection, clock())):
        total += count
    return total


async def tidy(database: Database, now: int) -> None:
    async def work(connection: AsyncConnection) -> int:
        return await sessions.delete_expired(connection, now, now - FORGET_FAILURES_MS)

    await database.write(work)


async def _repeat(chore: Callable[[], Awaitable[object]], every_s: float) -> None:
    """A database that is away is waited for; any other error ends the process."""
    waits = delays(first_s=1.0, longest_s=60.0)
    while True:
        try:
            await chore()
        except faults.ERRORS as error:
            if not faults.is_out_of_reach(error):
                raise
            log.warning("upkeep waits: the database can't be reached", cause=str(error)[:200])
            await asyncio.sleep(next(waits))
        else:
            waits = delays(first_s=1.0, longest_s=60.0)
            await asyncio.sleep(every_s)
