"""Three hundred sites go dark at once: one message for each area and person (promise 4)."""

import pytest

from cloud.store.database import Database
from tests.cloud.alerting.making import minute_at
from tests.cloud.alerting.test_offline import enter_sites, open_alerts
from tests.cloud.alerting.town import Town

COUNTS = [30, pytest.param(300, marks=pytest.mark.long)]
REGIONS = ("East", "North", "West")


@pytest.mark.parametrize("count", COUNTS)
async def test_many_sites_of_three_areas_at_once(database: Database, site: int, count: int) -> None:
    made = await enter_sites(database, count)
    town = Town(database)
    for place in range(count):
        await town.tag(site + 1 + place, region=REGIONS[place % 3])
    await town.add_person("Asha")
    await town.add_person("Bina", tags={"region": "North"})
    await town.hears_of(*made)
    await town.work()
    await _look_at(town, 15.5, 15.6, 16.5, 18.5)
    assert sorted((name, subject) for name, _, subject in await town.messages()) == [
        *(("Asha", f"{region}: warning: gateways offline, since 25 Nov 15:32") for region in REGIONS),
        ("Bina", "North: warning: gateways offline, since 25 Nov 15:32"),
    ]
    await town.hears_of(*made)
    await _look_at(town, 18.6, 18.7, 19.5)
    assert await open_alerts(town) == []
    assert sorted(await town.occasions()) == ["page"] * 4 + ["resolve"] * 4


async def _look_at(town: Town, *minutes: float) -> None:
    for minute in minutes:
        town.now = minute_at(minute)
        await town.work()
