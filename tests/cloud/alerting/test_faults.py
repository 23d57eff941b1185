"""A fault in alerting is seen, holds up no reading, and is made up for."""

import asyncio

from sqlalchemy import text

from cloud.alerting.run import Alerting
from cloud.metrics import Metrics
from cloud.store import rules
from cloud.store.database import Database
from protocol.messages import Receipt
from protocol.rule import Kind, Rule, Scope
from tests.cloud.alerting.making import ORGANISATION, RULE, all_alerts, minute_at, said
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import NOW, batch, commit
from tests.waiting import until_async


async def rename(database: Database, old: str, new: str) -> None:
    async with database.writing() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def test_readings_are_receipted_while_alerting_can_do_nothing(database: Database, site: int) -> None:
    await rename(database, "alert_member", "gone")
    town = Town(database)
    outcome = await commit(database, batch(1, [(1, 0.4)], transitions=[said()]))
    assert isinstance(outcome.answers[0], Receipt)
    await town.alerting.work(town.now)
    assert town.alerting.trouble
    outcome = await commit(database, batch(2, [(0, 0.4)]))
    assert isinstance(outcome.answers[0], Receipt)
    await rename(database, "gone", "alert_member")
    again = Town(database)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(again.alerting.run())
        await until_async(lambda: again.changed == {"a"})
        again.alerting.stop()


async def test_the_loop_is_woken_by_a_commit_and_ends_when_told(database: Database, site: int) -> None:
    changed: set[str] = set()
    alerting = Alerting(database, "w", lambda: True, lambda: None, changed.update, Metrics(), lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(alerting.run())
        await commit(database, batch(1, transitions=[said()]))
        alerting.wake()
        await until_async(lambda: changed == {"a"})
        alerting.stop()


async def test_alerts_of_a_deleted_rule_are_history(database: Database, site: int) -> None:
    rule = Rule(id=RULE, scope=Scope(metric="level"), kind=Kind.THRESHOLD, threshold=0.5)
    async with database.writing() as connection:
        await rules.save_draft(connection, ORGANISATION, rule, None, "Asha", NOW)
        await rules.publish(connection, ORGANISATION, RULE, 1, NOW)
        await rules.retire(connection, ORGANISATION, RULE, NOW)
    town = Town(database)
    await town.add_person()
    await town.arrives(said())
    await town.until(3)
    assert (await town.messages(), await town.reasons("a")) == ([], ["late"])
    (row,) = await all_alerts(database)
    assert (row.state, row.began) == ("firing", minute_at(0))
