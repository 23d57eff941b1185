"""For whoever runs this process: is it alive, may it have work, how is it doing. No sign-in, no secrets."""

import asyncio
from collections.abc import Callable, Mapping

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from sqlalchemy import text

from cloud.metrics import Metrics
from cloud.store import faults
from cloud.store.database import Database

_DATABASE_TIMEOUT_S = 3.0
_SCHEMA = text("SELECT version_num FROM alembic_version")


class Alive(msgspec.Struct):
    alive: bool = True


class Ready(msgspec.Struct):
    ready: bool
    troubles: dict[str, str]  # by part: a sentence each


class Health(msgspec.Struct, frozen=True):
    """What readiness looks at, besides the database."""

    database: Database
    parts: Mapping[str, Callable[[], str | None]]  # a sentence while the part is in trouble

    async def troubles(self) -> dict[str, str]:
        found = {part: trouble() for part, trouble in self.parts.items()}
        return {part: sentence for part, sentence in found.items() if sentence} | await self._of_database()

    async def _of_database(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(_DATABASE_TIMEOUT_S), self.database.reading() as connection:
                schema = await connection.scalar(_SCHEMA)
        except faults.ERRORS as error:
            return {"database": f"the database can't be read: {str(error)[:200] or 'no answer in time'}"}
        return {} if schema else {"database": "the database has no schema: run evara-cloud migrate"}


@get("/health/live", include_in_schema=False)
async def read_live() -> Alive:
    """Answers while the event loop turns; restart the process when it does not."""
    return Alive()


@get("/health/ready", include_in_schema=False)
async def read_ready(health: NamedDependency[Health]) -> Response[Ready]:
    troubles = await health.troubles()
    return Response(Ready(not troubles, troubles), status_code=503 if troubles else 200)


@get("/metrics", include_in_schema=False, sync_to_thread=False)
def read_metrics(metrics: NamedDependency[Metrics]) -> Response[bytes]:
    return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
