"""Alerts above the sites: rules over several of them, and the areas in which many gateways are offline."""

from collections.abc import Iterable, Sequence
from functools import partial

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import own
from cloud.alerting.naming import GATEWAY_OFFLINE, REGION
from cloud.alerting.offline import SEVERITY
from cloud.alerting.over_sites import Firing, judge
from cloud.alerting.quiet import area_of
from cloud.store import alerts, rules, sites, transitions
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.sites import SiteRow
from cloud.store.transitions import Place
from protocol.alert import Reason
from protocol.judge import Signal
from protocol.rule import Kind, Rule, Scope

AREA_SITES = 6  # sites of one region that are offline at once are one alert of their area
AREA_WINDOW_S = 3_600.0  # at once
SITES = "sites"  # what stands for the point of an alert of several sites


class Watched(msgspec.Struct, frozen=True):
    """A rule over sites, and the name under which its alert is known beside it."""

    rule: Rule
    point: str


class Step(msgspec.Struct, frozen=True):
    """What has to change."""

    watched: Watched | None  # to be raised; None: to be resolved
    row: AlertRow | None  # the alert that there is
    began: int = 0
    reason: Reason = Reason.CLEARED


async def look(database: Database, now: int) -> int:
    """Judge every rule over sites of every organisation; how many alerts changed."""
    async with database.reading() as connection:
        organisations = await sites.organisations(connection)
        due = [key for key in organisations if await _steps(connection, key, now)]
    return sum([await database.write(partial(_take, organisation_id=key, now=now)) for key in due])


async def _take(connection: AsyncConnection, organisation_id: int, now: int) -> int:
    place = Place(organisation_id, None)
    if not await transitions.lock(connection, place) or await transitions.has_unmerged(connection, "", place):
        return 0
    steps = await _steps(connection, organisation_id, now)
    for one in steps:
        if one.watched:
            rule = one.watched.rule
            named = rule.id, rule.version
            await own.fire(connection, place, named, one.watched.point, rule.severity, "", one.began, now)
        elif one.row:
            await own.end(connection, one.row, one.reason, now)
    return len(steps)


async def _steps(connection: AsyncConnection, organisation_id: int, now: int) -> list[Step]:
    listed = await sites.of_organisation(connection, organisation_id)
    watched = [*await _rules(connection, organisation_id), *_areas(listed)]
    there = {(row.rule_id, row.point): row for row in await _open(connection, organisation_id, now)}
    steps: list[Step] = []
    for one in watched:
        row = there.pop((one.rule.id, one.point), None)
        steps += await _step(connection, organisation_id, one, row, listed, now)
    return steps + [Step(None, row, reason=Reason.RULE_CHANGED) for row in there.values()]


async def _step(
    connection: AsyncConnection,
    organisation_id: int,
    one: Watched,
    row: AlertRow | None,
    listed: Sequence[SiteRow],
    now: int,
) -> list[Step]:
    rule = one.rule
    reached = {site.id for site in listed if rule.scope.reaches(str(site.id), site.tags)}
    rows = await alerts.open_of_rule(connection, organisation_id, rule.of_rule)
    firing = [at for at in rows if at.site_id in reached]
    signal = judge(rule, [Firing(str(at.site_id), at.fired_at) for at in firing], now)
    if row is None and signal is Signal.BREACH:
        return [Step(one, None, min(at.fired_at for at in firing))]
    return [Step(None, row)] if row and signal is Signal.CLEAR else []


async def _rules(connection: AsyncConnection, organisation_id: int) -> list[Watched]:
    return [
        Watched(rule, SITES)
        for rule in await rules.published(connection, organisation_id)
        if rule.kind is Kind.SITES
    ]


def _areas(listed: Iterable[SiteRow]) -> list[Watched]:
    """A rule for each region that has sites enough."""
    named = [site.tags[REGION] for site in listed if area_of(site.tags)]
    return [
        Watched(
            Rule(
                id=GATEWAY_OFFLINE,
                kind=Kind.SITES,
                scope=Scope(tags={REGION: region}),
                severity=SEVERITY,
                of_rule=GATEWAY_OFFLINE,
                sites=AREA_SITES,
                window_s=AREA_WINDOW_S,
            ),
            f"{REGION}={region}",
        )
        for region in sorted(set(named))
        if named.count(region) >= AREA_SITES
    ]


async def _open(connection: AsyncConnection, organisation_id: int, now: int) -> list[AlertRow]:
    return [row for row in await alerts.over_sites(connection, organisation_id, now) if row.is_open]
