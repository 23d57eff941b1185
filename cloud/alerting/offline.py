"""The built-in rule: a gateway is silent for longer than its site allows, and we could have heard it.

Its severity is warning: power is cut every evening in some places, and whoever wants less says so per site
by `offline_after_s`.
"""

from collections.abc import Sequence
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import own
from cloud.alerting.naming import GATEWAY_OFFLINE
from cloud.store import alerts, contacts, transitions
from cloud.store.contacts import Contact
from cloud.store.database import Database
from cloud.store.transitions import Place
from protocol.alert import Reason
from protocol.rule import Severity

log = structlog.get_logger()

SEVERITY = Severity.WARNING
RULE = (GATEWAY_OFFLINE, 1)


def is_offline(one: Contact, hearing_since: int, now: int) -> bool:
    """Whether it is silent for too long; what nobody could hear does not count."""
    return not one.revoked and now - max(one.at, hearing_since) >= one.offline_after_s * 1000


async def look(database: Database, hearing_since: int | None, now: int) -> int:
    """Raise and resolve; how many changed. `hearing_since`: from then on this process heard everything.

    None: it does not hear now, and so it raises nothing; who is back is seen nevertheless.
    """
    async with database.reading() as connection:
        listed = await contacts.questionable(connection, GATEWAY_OFFLINE, now)
    changed = 0
    for one in listed:
        raises = hearing_since is not None and is_offline(one, hearing_since, now)
        if raises != one.is_told and (raises or _is_back(one, now)):
            changed += await database.write(partial(_change, one=one, now=now))
    return changed


def _is_back(one: Contact, now: int) -> bool:
    return one.revoked or now - one.at < one.offline_after_s * 1000


async def _change(connection: AsyncConnection, one: Contact, now: int) -> int:
    """As long as nobody else did it meanwhile."""
    place = Place(one.organisation_id, one.site_id)
    if not await transitions.lock(connection, place):
        return 0
    there = await _told(connection, one, now)
    if _is_back(one, now):
        for row in there:
            await own.end(connection, row, Reason.RULE_CHANGED if one.revoked else Reason.CLEARED, now)
        return len(there)
    if there or await transitions.has_unmerged(connection, one.id, place):
        return 0
    await own.fire(connection, place, RULE, one.id, SEVERITY, one.id, one.at, now)
    log.info("gateway offline", gateway=one.id, last_contact_at=one.at)
    return 1


async def _told(connection: AsyncConnection, one: Contact, now: int) -> Sequence[alerts.AlertRow]:
    rows = await alerts.of_rule_at(connection, one.organisation_id, one.site_id, GATEWAY_OFFLINE, now)
    return [row for row in rows if row.point == one.id and row.is_open]
