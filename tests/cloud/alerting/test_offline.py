"""A gateway that is silent, its children, and the area in which many are: one message (promise 4)."""

import pytest
from sqlalchemy import insert

from cloud.identity.secrets import hash_secret
from cloud.store import gateways, sites
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.tables.rules import rule_version
from protocol.messages import Transition
from tests.cloud.alerting.making import ORGANISATION, all_alerts, arrive, minute_at, said
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import GATEWAYS, NOW

DEVICES = 200
SILENCE = "silent"


async def enter_silence_rule(database: Database) -> None:
    """A published no_data rule, so that its alerts are known as silences."""
    body = {"id": SILENCE, "version": 1, "scope": {"metric": "level"}, "kind": "no_data", "for_s": 180}
    async with database.writing() as connection:
        await connection.execute(
            insert(rule_version).values(
                organisation_id=ORGANISATION,
                rule_id=SILENCE,
                version=1,
                body=body,
                state="published",
                by="Asha",
                at=NOW,
                published_at=NOW,
            )
        )


def silences(minute: float, learned: float | None = None) -> list[Transition]:
    at = minute_at(minute if learned is None else learned)
    return [
        said(f"s{number}", minute=minute, point=f"tank-{number}/level", rule=SILENCE, learned_at=at)
        for number in range(DEVICES)
    ]


async def open_alerts(town: Town) -> list[AlertRow]:
    return [row for row in await all_alerts(town.database) if row.is_open]


async def test_a_silent_gateway_is_one_alert_that_ends_when_it_is_heard(
    database: Database, site: int
) -> None:
    town = Town(database)
    await town.add_person()
    await town.hears_of(*GATEWAYS)
    await town.until(14, speaking=GATEWAYS[1:])
    assert await open_alerts(town) == []
    await town.until(17, speaking=GATEWAYS[1:])
    (row,) = await open_alerts(town)
    assert (row.rule_id, row.gateway_id, row.began) == ("gateway-offline", GATEWAYS[0], NOW)
    assert await town.messages() == [
        ("Asha", "page", "Rainbow: warning: gateway offline, since 25 Nov 15:16")
    ]
    await town.until(20, speaking=GATEWAYS)
    assert await open_alerts(town) == []
    assert await town.occasions() == ["page", "resolve"]


async def test_what_we_could_not_hear_does_not_count(database: Database, site: int) -> None:
    town = Town(database)
    await town.hears_of(*GATEWAYS)
    await town.work()
    town.hears = False
    await town.until(30)
    town.hears = True
    await town.until(44)
    assert await open_alerts(town) == []
    await town.until(46)
    assert len(await open_alerts(town)) == 2


async def test_a_revoked_gateway_is_not_offline_any_more(database: Database, site: int) -> None:
    town = Town(database)
    await town.hears_of(GATEWAYS[0])
    await town.until(16)
    assert len(await open_alerts(town)) == 1
    async with database.writing() as connection:
        await gateways.revoke(connection, GATEWAYS[0], town.now)
    await town.until(17)
    assert await open_alerts(town) == []


@pytest.mark.parametrize(
    "first", [pytest.param(0.5, id="silence first"), pytest.param(16.0, id="gateway first")]
)
async def test_a_site_with_many_devices_goes_dark(database: Database, site: int, first: float) -> None:
    """One message, one recovery, none for devices, whichever silence is noticed first."""
    await enter_silence_rule(database)
    town = Town(database)
    await town.add_person()
    await town.hears_of(*GATEWAYS)
    await town.until(first, speaking=GATEWAYS[1:])
    # Its last words before the power failed; or, first, what a poller of ours notices.
    await town.arrives(*silences(first))
    await town.until(30, speaking=GATEWAYS[1:])
    assert await town.messages() == [
        ("Asha", "page", "Rainbow: warning: gateway offline, since 25 Nov 15:16")
    ]
    muted = [row for row in await open_alerts(town) if row.muted_by]
    assert len(muted) == DEVICES
    assert (await town.reasons(muted[0].id))[-1] == "inhibited"
    await town.arrives(
        *[
            said(f"s{number}", 2, "cleared", 31, point=f"tank-{number}/level", rule=SILENCE)
            for number in range(DEVICES)
        ]
    )
    await town.until(35, speaking=GATEWAYS)
    assert await town.occasions() == ["page", "resolve"]
    assert await open_alerts(town) == []


async def test_a_point_that_stays_silent_is_told_when_its_gateway_is_back(
    database: Database, site: int
) -> None:
    await enter_silence_rule(database)
    town = Town(database)
    await town.add_person()
    await town.hears_of(*GATEWAYS)
    await town.arrives(*silences(0.5)[:1])
    await town.until(20, speaking=GATEWAYS[1:])
    await town.until(30, speaking=GATEWAYS)
    assert await town.occasions() == ["page", "resolve"]
    await town.until(50, speaking=GATEWAYS)
    assert await town.occasions() == ["page", "resolve", "page"]


async def enter_sites(database: Database, count: int) -> list[str]:
    """Sites of the region North with a gateway each."""
    secret, made = hash_secret("x"), []
    async with database.writing() as connection:
        for number in range(count):
            key = await sites.ensure(connection, ORGANISATION, f"Site {number}", "Asia/Kolkata", NOW)
            gateway = f"gw-{number:03}"
            await gateways.add(connection, gateway, ORGANISATION, key, gateway, secret, NOW)
            made.append(gateway)
    return made


async def test_many_sites_of_a_region_at_once_are_one_alert_of_their_area(
    database: Database, site: int
) -> None:
    made = await enter_sites(database, 12)
    town = Town(database)
    for key in range(site + 1, site + 13):
        await town.tag(key, region="North")
    await town.add_person("Asha", tags={"region": "North"})
    await town.add_person("Bina", site_id=site + 3)
    await town.add_person("Chand", site_id=site)
    await town.hears_of(*made)
    await town.until(20)
    assert sorted(await town.messages()) == [
        ("Asha", "page", "North: warning: gateways offline, since 25 Nov 15:31"),
        ("Bina", "page", "North: warning: gateways offline, since 25 Nov 15:31"),
    ]
    await town.until(25, speaking=made)
    assert await open_alerts(town) == []
    assert sorted(await town.occasions()) == ["page", "page", "resolve", "resolve"]


async def test_an_open_alert_that_a_new_outbox_does_not_list_is_stale(database: Database, site: int) -> None:
    town = Town(database)
    await arrive(database, said("a"), said("b", point="sump-1/level"), said("c", point="flow-1/rate"))
    await arrive(database, said("d", point="bore-1/rate"), epoch="epoch-2")
    await town.work()
    await town.is_born(GATEWAYS[0], "epoch-2", ["b"])
    await town.work()
    assert {row.id: row.stale for row in await all_alerts(database)} == {
        "a": True,
        "b": False,
        "c": True,
        "d": False,
    }
    assert len(await open_alerts(town)) == 4
