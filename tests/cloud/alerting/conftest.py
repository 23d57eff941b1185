"""A site with two gateways, as ingest knows it."""

import pytest

from cloud.store import gateways, sites
from cloud.store.database import Database
from tests.cloud.alerting.making import ORGANISATION
from tests.cloud.ingest.making import NOW, SECRET_HASH, enter_site


@pytest.fixture
async def site(database: Database) -> int:
    return await enter_site(database)


@pytest.fixture
async def other_site(database: Database, site: int) -> str:
    """The gateway of another site."""
    async with database.writing() as connection:
        made = await sites.ensure(connection, ORGANISATION, "Bela", "Asia/Kolkata", NOW)
        await gateways.add(connection, "cela-cccc", ORGANISATION, made, "Bela", SECRET_HASH, NOW)
    return "cela-cccc"
