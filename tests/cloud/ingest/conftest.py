"""A cloud's ingest without its web server: a site with two gateways, and what hands batches to them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cloud.ingest.door import Door
from cloud.ingest.intake import Intake
from cloud.metrics import Metrics
from cloud.store.database import Database
from cloud.store.incarnation import incarnation
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds
from tests.cloud.ingest.making import enter_site


@pytest.fixture
async def site(database: Database) -> int:
    """The id of a site with the gateways of `making.GATEWAYS`."""
    return await enter_site(database)


@pytest.fixture
async def intake(database: Database, site: int) -> AsyncIterator[Intake]:
    made = Intake(
        database,
        PointIds(),
        await incarnation(database),
        Metrics(),
        lambda sites: None,
        Partitions(database),
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(made.run())
        yield made
        made.stop()


@pytest.fixture
async def door(database: Database, intake: Intake) -> Door:
    return Door(database, intake, await incarnation(database), lambda gateway: None)
