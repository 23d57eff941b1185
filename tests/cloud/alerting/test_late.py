"""Late readings change when an alert began, and nothing that people were told."""

from cloud.alerting import rollout
from cloud.store import rules
from cloud.store.database import Database
from protocol.rule import Kind, Op, Rule, Scope, Severity, While
from tests.cloud.alerting.making import ORGANISATION, POINT, all_alerts, minute_at, said
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import FLOW, LEVEL, NOW, batch, commit

LOW = Rule(
    id="low-tank", scope=Scope(metric="level"), kind=Kind.THRESHOLD, op=Op.BELOW, threshold=0.5, for_s=120.0
)


async def publish(database: Database, *listed: Rule) -> None:
    async with database.writing() as connection:
        for rule in listed:
            await rules.save_draft(connection, ORGANISATION, rule, None, "Asha", NOW)
            await rules.publish(connection, ORGANISATION, rule.id, 1, NOW)
        await rollout.plan(connection, ORGANISATION, NOW)


async def test_a_backlog_shows_that_it_began_before(database: Database, site: int) -> None:
    await publish(database, LOW)
    town = Town(database)
    await town.add_person()
    await commit(database, batch(1, [(minutes, 0.4) for minutes in (3, 2, 1, 0)]))
    await town.arrives(said(minute=-1, began=-3))
    await town.until(4)
    (row,) = await all_alerts(database)
    assert (row.kind, row.unit, row.began, row.true_began) == ("threshold", "m", minute_at(-3), None)
    # Older readings come after the newest: the tank had been low for an hour.
    await commit(database, batch(2, [(minutes, 0.45) for minutes in range(60, 3, -1)]))
    town.changed.clear()
    await town.until(8)
    (row,) = await all_alerts(database)
    assert (row.began, row.true_began, row.state) == (minute_at(-3), minute_at(-60), "firing")
    assert await town.occasions() == ["page"]
    assert row.id in town.changed


async def test_readings_in_which_it_had_cleared_keep_it_where_it_began(database: Database, site: int) -> None:
    await publish(database, LOW)
    town = Town(database)
    await commit(database, batch(1, [(minutes, 0.4) for minutes in (3, 2, 1, 0)]))
    await town.arrives(said(minute=-1, began=-3))
    await commit(database, batch(2, [(5, 0.4), (4, 0.9)]))
    await town.until(8)
    (row,) = await all_alerts(database)
    assert row.true_began is None


async def test_the_second_point_of_a_rule_counts_too(database: Database, site: int) -> None:
    pumping = While("flow-1/rate", Op.ABOVE, 1.0)
    rule = Rule(
        id="low-tank",
        scope=Scope(metric="level"),
        kind=Kind.THRESHOLD,
        op=Op.BELOW,
        threshold=0.5,
        while_=pumping,
    )
    await publish(database, rule)
    town = Town(database)
    await commit(database, batch(1, [(minutes, 0.4) for minutes in range(30, -1, -1)], points=[LEVEL]))
    flow = [(30, 0.0), (10, 5.0)]
    await commit(database, batch(1, flow, epoch="epoch-2", points=[FLOW]))
    await town.arrives(said(minute=0))
    await town.until(8)
    (row,) = await all_alerts(database)
    assert (row.point, row.true_began) == (POINT, minute_at(-10))


async def test_a_rule_over_sites_fires_once_where_enough_of_them_fire(
    database: Database, site: int, other_site: str
) -> None:
    many = Rule(
        id="many",
        scope=Scope(),
        kind=Kind.SITES,
        of_rule="low-tank",
        sites=2,
        window_s=3600.0,
        severity=Severity.CRITICAL,
    )
    await publish(database, LOW, many)
    town = Town(database)
    await town.add_person(min_severity=Severity.CRITICAL)
    await town.arrives(said("a"))
    await town.until(1)
    await town.arrives(said("b", minute=1), gateway=other_site)
    await town.until(3)
    assert await town.messages() == [("Asha", "page", "2 sites: critical: many, since 25 Nov 15:16")]
    above = [row for row in await all_alerts(database) if row.site_id is None]
    assert [(row.rule_id, row.kind, row.state) for row in above] == [("many", "sites", "firing")]
    muted = {row.id: row.muted_by for row in await all_alerts(database) if row.site_id is not None}
    assert muted == {"a": above[0].id, "b": above[0].id}
    await town.arrives(said("b", 2, "cleared", 3, began=1), gateway=other_site)
    await town.until(5)
    assert await town.occasions() == ["page", "resolve"]
