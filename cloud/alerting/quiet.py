"""What keeps the alerts of a place quiet now: windows, shelves, and parents that explain them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting.naming import GATEWAY_OFFLINE, REGION
from cloud.alerting.suppress import Known, Parent
from cloud.store import acknowledgements, alerts, maintenance, rules
from cloud.store.alerts import AlertRow
from cloud.store.sites import SiteRow
from protocol.hours import DAY
from protocol.rule import Rule

PARENT_KEPT_MS = DAY  # so long after its end a child must have been heard since


async def known(connection: AsyncConnection, organisation_id: int, site: SiteRow | None, now: int) -> Known:
    """All that may silence the alerts of a site, or those above the sites."""
    return Known(
        windows=await maintenance.possible(connection, organisation_id, now - DAY),
        shelves=await acknowledgements.shelves(connection, organisation_id, now),
        parents=[] if site is None else await _parents(connection, site, now),
    )


async def _parents(connection: AsyncConnection, site: SiteRow, now: int) -> list[Parent]:
    since = now - PARENT_KEPT_MS
    offline = await alerts.of_rule_at(connection, site.organisation_id, site.id, GATEWAY_OFFLINE, since)
    found = [Parent(alert=one.id, gateway=one.gateway_id, ended_at=one.over_at) for one in offline]
    above = await alerts.over_sites(connection, site.organisation_id, since)
    if not above:
        return found
    versions = [(one.rule_id, one.rule_version) for one in above]
    bodies = await rules.bodies(connection, site.organisation_id, versions)
    for one in above:
        rule = _explained(one, bodies.get((one.rule_id, one.rule_version)), site)
        if rule:
            found.append(
                Parent(alert=one.id, rule=rule, sites=frozenset([str(site.id)]), ended_at=one.over_at)
            )
    return found


def _explained(row: AlertRow, body: Rule | None, site: SiteRow) -> str:
    """The rule whose alerts at this site that one explains; "": none."""
    if row.rule_id == GATEWAY_OFFLINE:
        return GATEWAY_OFFLINE if row.point == area_of(site.tags) else ""
    if body is None or not body.scope.reaches(str(site.id), site.tags):
        return ""
    return body.of_rule


def area_of(tags: dict[str, str]) -> str:
    """The area that a site is in, as its alerts name it; "": none."""
    return f"{REGION}={tags[REGION]}" if tags.get(REGION) else ""


def sites_of(row: AlertRow, body: Rule | None, sites: Sequence[SiteRow]) -> list[SiteRow]:
    """The sites that an alert above them is about."""
    return [site for site in sites if _explained(row, body, site)]
