"""A rule held against the sites and points that there are: what is against it, and whom it would reach."""

import re
from collections.abc import Collection, Iterator, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting.naming import GATEWAY_OFFLINE
from cloud.alerting.templates import known_metrics
from cloud.store import devices, rules, sites
from cloud.store.sites import SiteRow
from protocol import rule_mistakes, units
from protocol.limits import RULES_LIMIT
from protocol.reading import Point
from protocol.rule import Kind, Rule

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # it stands in addresses of pages
_COMPARING = {Kind.THRESHOLD, Kind.RATE, Kind.AGGREGATE}


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    mistakes: list[str]  # with any of these it is not taken
    warnings: list[str]
    points: int  # that it would watch
    sites: list[SiteRow]  # that its scope reaches


async def check(connection: AsyncConnection, organisation_id: int, rule: Rule) -> Checked:
    there = await sites.of_organisation(connection, organisation_id)
    reached = [one for one in there if rule.scope.reaches(str(one.id), one.tags)]
    points = await devices.names_at(connection, {one.id for one in reached})
    watched = [(site, point) for site, point in points if rule.scope.watches(point.name)]
    known = [point for _, point in points] + ([] if watched else _to_come(rule))
    return Checked(
        mistakes=[
            *_of_names(rule, there),
            *await _of_rule(connection, organisation_id, rule),
            *await _of_room(connection, organisation_id, rule),
            *rule_mistakes.mistakes(rule, known),
        ],
        warnings=[
            *_warnings(rule, reached, {site for site, _ in watched}),
            *_resting(rule, reached, watched, points),
        ],
        points=len(watched),
        sites=reached,
    )


def _to_come(rule: Rule) -> list[Point]:
    """A metric that templates know may be watched before any site has it; any other is misspelt."""
    metrics, metric = known_metrics(), rule.scope.metric
    if metric not in metrics:
        return []
    return [Point(f"any/{metric}", units.find(metrics[metric]).canonical)]


def _of_names(rule: Rule, there: Sequence[SiteRow]) -> Iterator[str]:
    if rule.id == GATEWAY_OFFLINE:
        yield f'the rule "{rule.id}" is built in: choose another id'
    if not _ID.fullmatch(rule.id):
        yield f'the id "{rule.id}" can\'t be used: write lower-case letters, digits and dashes, 63 at most'
    if rule.scope.site and rule.scope.site not in {str(one.id) for one in there}:
        yield f"there is no site {rule.scope.site}"


async def _of_rule(connection: AsyncConnection, organisation_id: int, rule: Rule) -> list[str]:
    """A rule over sites names one that is there and watches points."""
    if rule.kind is not Kind.SITES or not rule.of_rule or rule.of_rule == GATEWAY_OFFLINE:
        return []
    kept = await rules.versions(connection, organisation_id, rule.of_rule)
    if not kept:
        return [f'there is no rule "{rule.of_rule}" to watch over sites']
    if all(one.state == "retired" for one in kept):
        return [f'the rule "{rule.of_rule}" is retired: it fires nowhere']
    if kept[0].body.kind is Kind.SITES:
        return [f'the rule "{rule.of_rule}" is one over sites itself: name one that watches points']
    return []


async def _of_room(connection: AsyncConnection, organisation_id: int, rule: Rule) -> list[str]:
    """A gateway takes no more rules than that: with one more it would reject all of them."""
    others = {one.id for one in await rules.published(connection, organisation_id)} - {rule.id}
    return [f"{len(others)} rules are published already: retire one"] if len(others) >= RULES_LIMIT else []


def _resting(
    rule: Rule,
    reached: Sequence[SiteRow],
    watched: Sequence[tuple[int, Point]],
    points: Sequence[tuple[int, Point]],
) -> Iterator[str]:
    """Where the second point of its `while` is missing, though other sites have it."""
    if rule.while_ is None:
        return
    there = {(site, point.name) for site, point in points}
    lacking = {site for site, point in watched if (site, rule.while_.point_beside(point.name)) not in there}
    if lacking:
        names = [one.name for one in reached if one.id in lacking]
        yield f"it rests where {rule.while_.point} is missing: at {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _warnings(rule: Rule, reached: Sequence[SiteRow], having: Collection[int]) -> Iterator[str]:
    is_damped = rule.clear_threshold is not None or rule.clear_for_s or rule.for_s or rule.count > 1
    if rule.kind in _COMPARING and rule.op.rises is not None and not is_damped:
        yield "it has neither a delay nor hysteresis: a value at its limit raises it again and again"
    if rule.kind is Kind.SITES:
        return
    named = rule.scope.point or rule.scope.metric
    lacking = [one.name for one in reached if one.id not in having]
    if lacking and len(lacking) == len(reached):
        yield f"no site has {named} yet: it watches nothing until one does"
    elif lacking:
        yield f"{named} is missing at {_listed(lacking)}"
