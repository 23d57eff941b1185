"""A cloud's ingest without its web server: a site with two gateways, and what hands batches to them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cloud.ingest.door import Door
from cloud.store.database import Database
from tests.cloud.ingest.making import enter_site, make_door


@pytest.fixture
async def site(database: Database) -> int:
    """The id of a site with the gateways of `making.GATEWAYS`."""
    return await enter_site(database)


@pytest.fixture
async def door(database: Database, site: int) -> AsyncIterator[Door]:
    made = await make_door(database)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(made.intake.run())
        yield made
        made.intake.stop()
