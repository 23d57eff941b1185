"""Published rules on their way to the gateways that watch their points: one document for each."""

from collections.abc import Sequence
from functools import partial

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import rollouts, rules
from cloud.store.database import Database
from cloud.store.rollouts import Target
from protocol.codec import digest
from protocol.rule import Document, Kind, Rule


def document(target: Target, published: Sequence[Rule]) -> Document:
    """The rules of a gateway; those over several sites are the cloud's alone."""
    reach = [
        rule
        for rule in published
        if rule.kind is not Kind.SITES and rule.scope.reaches(str(target.site_id), target.tags)
    ]
    return Document(target.zone, reach)


async def plan(connection: AsyncConnection, organisation_id: int, now: int) -> int:
    """Give every gateway of the organisation whose rules have changed its new ones; how many those are.

    To be called in the transaction that publishes or retires a rule, or changes a site's tags or zone.
    """
    return await _plan(connection, await rollouts.targets(connection, organisation_id), now)


async def plan_new(database: Database, now: int) -> int:
    """The same for gateways that were entered since."""
    async with database.reading() as connection:
        if not await rollouts.targets(connection, only_new=True):
            return 0
    return await database.write(partial(_plan_new, now=now))


async def _plan_new(connection: AsyncConnection, now: int) -> int:
    return await _plan(connection, await rollouts.targets(connection, only_new=True), now)


async def _plan(connection: AsyncConnection, targets: Sequence[Target], now: int) -> int:
    published = {
        key: await rules.published(connection, key) for key in {one.organisation_id for one in targets}
    }
    changed = 0
    for target in targets:
        made = document(target, published[target.organisation_id])
        body = msgspec.json.encode(made)
        if digest(body) != target.digest:
            versions = {rule.id: rule.version for rule in made.rules}
            await rollouts.add(connection, target, digest(body), body.decode(), versions, now)
            changed += 1
    return changed
