"""The rules that are active at first start: templates whose limit holds everywhere."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import rollout
from cloud.alerting.templates import TEMPLATES
from cloud.store import rules, sites
from cloud.store.database import Database

BY = "Evara"


async def ensure_rules(database: Database, now: int) -> None:
    """Each once and for all: one that was edited or retired since is left as it is."""
    await database.write(lambda connection: _ensure(connection, database.is_sqlite, now))


async def _ensure(connection: AsyncConnection, is_sqlite: bool, now: int) -> None:
    if not is_sqlite:
        # Several processes may start at once; SQLite has one writer anyway.
        await connection.execute(text("LOCK TABLE rule_version IN SHARE ROW EXCLUSIVE MODE"))
    for organisation_id in await sites.organisations(connection):
        there = {row.rule_id for row in await rules.of_organisation(connection, organisation_id)}
        missing = [one.rule for one in TEMPLATES.values() if one.active and one.id not in there]
        for rule in missing:
            made = await rules.save_draft(connection, organisation_id, rule, None, BY, now)
            await rules.publish(connection, organisation_id, rule.id, made.version, now)
        if missing:
            await rollout.plan(connection, organisation_id, now)
