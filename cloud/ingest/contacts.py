"""When gateways were last heard: noted in memory at every message, written together every few seconds.

Written with the batches, each worker would wait for the others' share locks on the gateways' rows.
"""

import asyncio

import structlog

from cloud.store import gateways
from cloud.store.database import Database
from cloud.store.faults import ERRORS

log = structlog.get_logger()

EVERY_S = 3.0


class Contacts:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._heard: dict[str, int] = {}  # by gateway id, ms UTC; as many as there are gateways

    def note(self, gateway: str, at: int) -> None:
        self._heard[gateway] = at

    async def run(self) -> None:
        """Write what was noted, for ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.save()

    async def save(self) -> None:
        """Write what was noted; what can't be written is tried again the next time."""
        if not self._heard:
            return
        heard, self._heard = self._heard, {}
        try:
            await self._database.write(lambda connection: gateways.heard(connection, heard))
        except ERRORS as error:
            log.warning("contacts not written", cause=str(error)[:200])
            self._heard = heard | self._heard
