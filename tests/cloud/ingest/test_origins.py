"""What gateways say that their points are derived of: the last word of the gateway that derives now."""

import msgspec

from cloud.ingest.state import hear
from cloud.store.database import Database
from cloud.store.tables.sites import point_origin
from protocol.messages import Birth
from protocol.reading import Origin
from tests.cloud.ingest.making import GATEWAYS, NOW, rows

LEVEL = Origin("oht-1/level", "oht-1/distance", "level_from_distance", [NOW])
VOLUME = Origin("oht-1/volume", "oht-1/level", "volume_from_level", [NOW, NOW + 1])


async def said(database: Database) -> list[tuple[object, ...]]:
    return sorted(await rows(database, point_origin, point_origin.c.gateway_id, point_origin.c.name), key=str)


async def born(database: Database, gateway: str, session: int, *origins: Origin) -> None:
    birth = Birth(epoch="e1", session=session, origins=list(origins))
    await hear(database, gateway, birth, "incarnation", NOW)


async def test_each_birth_says_all_of_it(database: Database, site: int) -> None:
    await born(database, GATEWAYS[0], 1, LEVEL, VOLUME)
    await born(database, GATEWAYS[0], 2, LEVEL, VOLUME)
    assert await said(database) == [(GATEWAYS[0], LEVEL.point), (GATEWAYS[0], VOLUME.point)]
    moved = msgspec.structs.replace(LEVEL, calibrations=[NOW, NOW + 5])
    await born(database, GATEWAYS[0], 3, moved)
    assert await said(database) == [(GATEWAYS[0], LEVEL.point)]
    assert await rows(database, point_origin, point_origin.c.calibrations) == [([NOW, NOW + 5],)]


async def test_a_gateway_that_takes_over_a_point_has_the_last_word(database: Database, site: int) -> None:
    await born(database, GATEWAYS[0], 1, LEVEL, VOLUME)
    await born(database, GATEWAYS[1], 1, LEVEL)
    assert await said(database) == [(GATEWAYS[0], VOLUME.point), (GATEWAYS[1], LEVEL.point)]


async def test_a_name_that_comes_twice_is_kept_once(database: Database, site: int) -> None:
    await born(database, GATEWAYS[0], 1, LEVEL, LEVEL)
    assert await said(database) == [(GATEWAYS[0], LEVEL.point)]
