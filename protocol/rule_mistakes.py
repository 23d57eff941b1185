"""What is wrong with a rule, in sentences for whoever wrote it. Asked once, where rules come in."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from protocol import units
from protocol.hours import minutes
from protocol.reading import Point
from protocol.rule import Kind, Rule
from protocol.terms import in_canonical
from protocol.units import UnknownUnit

_COMPARING = {Kind.THRESHOLD, Kind.RATE, Kind.AGGREGATE}
_OF_POINTS = (
    "for_s",
    "clear_for_s",
    "hours",
    "cooldown_s",
    "worsen_after_s",
    "actions",
)  # rules over sites have none


def mistakes(rule: Rule, points: Iterable[Point]) -> list[str]:
    """Everything against it; `points` are all points of the sites that its scope reaches."""
    known = list(points)
    return misshapen(rule) or ([] if rule.kind is Kind.SITES else _of_points(rule, known))


def misshapen(rule: Rule) -> list[str]:
    """What is wrong with it wherever it is: all that can be said where none of its points are."""
    return [
        *_of_scope(rule),
        *_of_kind(rule),
        *_of_ladder(rule),
        *_of_clearing(rule),
        *_of_times(rule),
        *_of_numbers(rule),
        *_of_while(rule),
    ]


def _of_scope(rule: Rule) -> Iterator[str]:
    scope = rule.scope
    if rule.kind is Kind.SITES:
        if scope.point or scope.metric or scope.site:
            yield "a rule over sites watches another rule: its scope names tags or nothing"
        return
    if bool(scope.point) == bool(scope.metric):
        yield "the scope names either a point or a metric"
    if scope.point and not scope.site:
        yield f'the scope names the point "{scope.point}" and no site; points belong to a site'
    if scope.site and scope.tags:
        yield "the scope names either a site or tags of sites"


def _of_kind(rule: Rule) -> Iterator[str]:
    if rule.kind in _COMPARING:
        if (rule.threshold is None) == (not rule.ladder):
            yield f"a rule of the kind {rule.kind} has either a threshold or a ladder"
    elif rule.threshold is not None or rule.ladder or rule.clear_threshold is not None:
        yield f"a rule of the kind {rule.kind} compares no value: leave out every threshold"
    if rule.kind is Kind.NO_DATA and not rule.for_s:
        yield "a rule of the kind no_data needs for_s: how long the point must be silent"
    if rule.kind is Kind.NO_DATA and rule.count > 1:
        yield "silence has no readings to count: leave out count"
    if rule.kind in (Kind.AGGREGATE, Kind.SITES) and rule.window_s is None:
        yield f"a rule of the kind {rule.kind} needs window_s"
    if rule.kind is Kind.SITES and not rule.of_rule:
        yield "a rule over sites names the rule that fires there in of_rule"
    if rule.kind is Kind.SITES and rule.of_rule == rule.id:
        yield "a rule over sites can't watch itself"
    if rule.kind is Kind.SITES and rule.sites < 2:
        yield "a rule over sites needs at least two sites"
    if rule.kind is Kind.SITES and (idle := [name for name in _OF_POINTS if getattr(rule, name)]):
        yield f"a rule over sites knows no {', '.join(idle)}: write it in the rule {rule.of_rule}"
    if rule.kind is Kind.SITES and rule.count > 1:
        yield "sites have no readings to count: leave out count"


def _of_ladder(rule: Rule) -> Iterator[str]:
    if len(rule.ladder) > 1 and rule.op.rises is None:
        yield f"a ladder has no order with {rule.op}: use > >= < or <="
        return
    for lower, higher in pairwise(rule.ladder):
        if higher.severity.rank <= lower.severity.rank:
            yield f"the rungs are out of order: {higher.severity} stands above {lower.severity}"
        if (higher.threshold > lower.threshold) is not rule.op.rises or higher.threshold == lower.threshold:
            direction = "higher" if rule.op.rises else "lower"
            yield (
                f"the rungs are out of order: with {rule.op} the threshold of {higher.severity} must be "
                f"{direction} than {lower.threshold:g}, it is {higher.threshold:g}"
            )


def _of_clearing(rule: Rule) -> Iterator[str]:
    raised_at = rule.ladder[0].threshold if rule.ladder else rule.threshold
    if rule.clear_threshold is None or raised_at is None:
        return
    if rule.op.rises is None:
        yield f"with {rule.op} there is no clear_threshold"
        return
    if rule.clear_threshold > raised_at if rule.op.rises else rule.clear_threshold < raised_at:
        yield (
            f"clear_threshold {rule.clear_threshold:g} is on the wrong side: it raises at "
            f"{rule.op} {raised_at:g} and must clear {'below' if rule.op.rises else 'above'} that"
        )


def _of_times(rule: Rule) -> Iterator[str]:
    if rule.hours and minutes(rule.hours.start) == minutes(rule.hours.end):
        yield f"hours begin and end at {rule.hours.start}: leave them out for the whole day"
    if rule.worsen_after_s is not None:
        top = rule.ladder[-1].severity if rule.ladder else rule.severity
        if rule.worsen_to.rank <= top.rank:
            yield f"worsen_to {rule.worsen_to} is no higher than {top}"


def _of_numbers(rule: Rule) -> Iterator[str]:
    numbers = [rule.threshold, rule.clear_threshold, *(rung.threshold for rung in rule.ladder)]
    try:
        converted = [in_canonical(rule, number or 0.0) for number in [0.0, *numbers]]
    except UnknownUnit as error:
        yield str(error)
        return
    if not all(map(math.isfinite, converted)):
        yield f"a threshold is beyond every number when it is converted from {rule.unit}"


def _of_while(rule: Rule) -> Iterator[str]:
    if rule.while_ and rule.kind in (Kind.SITES, Kind.NO_DATA):
        yield f"a rule of the kind {rule.kind} has no while"


def _of_points(rule: Rule, points: Sequence[Point]) -> list[str]:
    names = {point.name for point in points}
    watched = [point for point in points if rule.scope.watches(point.name)]
    if not watched:
        return [f'there is no point "{rule.scope.point or rule.scope.metric}"']
    return list(dict.fromkeys(found for point in watched for found in unfit(rule, point, names)))


def unfit(rule: Rule, point: Point, names: Collection[str]) -> Iterator[str]:
    """Why a rule that is well shaped can't watch a point; `names` are all points of its site or gateway."""
    if rule.unit and point.unit != units.find(rule.unit).canonical:
        kept = f"is kept in {point.unit}" if point.unit else "has no known unit"
        yield f"the unit {rule.unit} does not fit: {point.name} {kept}"
    if rule.while_ is None:
        return
    second = rule.while_.point_beside(point.name)
    if second == point.name:
        yield f"while names {point.name}, the point that the rule itself watches"
    elif second not in names:
        yield f'while names a point that does not exist: "{second}"'
