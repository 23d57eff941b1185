"""A rule in one sentence, as people would say it. Pure; knows the names of sites that it is given."""

from collections.abc import Mapping

from protocol.rule import Kind, Op, Rule, Scope, Severity

_OPS = {
    Op.ABOVE: "above",
    Op.AT_LEAST: "at or above",
    Op.BELOW: "below",
    Op.AT_MOST: "at or below",
    Op.EQUAL: "exactly",
    Op.DIFFERENT: "other than",
}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def sentence(rule: Rule, sites: Mapping[str, str]) -> str:
    """`sites`: names by id as rules write it."""
    condition = f"{_condition(rule, sites)}{_beside(rule)}{_held(rule)}{_hours(rule)}"
    return f"When {condition}, raise {_severities(rule)}{_clearing(rule)}{_worsening(rule)}."


def title(rule: Rule) -> str:
    """What people call it."""
    return rule.name or rule.id


def top(rule: Rule) -> Severity:
    """The highest severity that it may raise at once."""
    return rule.ladder[-1].severity if rule.ladder else rule.severity


def span(seconds: float) -> str:
    """90 min are 1 h 30 min; no more than two units, and none that is nothing."""
    rest = seconds
    said: list[str] = []
    for size, unit in _UNITS:
        count = int(rest // size)
        if count and len(said) < 2:
            said.append(f"{count} {unit}")
        rest -= count * size
    return " ".join(said) or f"{seconds:g} s"


def _condition(rule: Rule, sites: Mapping[str, str]) -> str:
    what = _subject(rule.scope, sites)
    if rule.kind is Kind.NO_DATA:
        return f"{what} is silent for {span(rule.for_s)}"
    if rule.kind is Kind.FAULT:
        return f"the sensor of {what} reports a fault"
    if rule.kind is Kind.SITES:
        where = _where(rule.scope, sites)
        return (
            f'"{rule.of_rule}" fires at {rule.sites} or more sites {where} within {span(rule.window_s or 0)}'
        )
    if rule.kind is Kind.RATE:
        what = f"the change of {what} in {span(rule.per_s)}"
    if rule.kind is Kind.AGGREGATE:
        what = f"the {rule.statistic} of {what} over {span(rule.window_s or 0)}"
    return f"{what} is {_OPS[rule.op]} {_limits(rule)}"


def _subject(scope: Scope, sites: Mapping[str, str]) -> str:
    return f"{scope.point or scope.metric.replace('_', ' ')} {_where(scope, sites)}"


def _where(scope: Scope, sites: Mapping[str, str]) -> str:
    if scope.site:
        return f"at {sites.get(scope.site, f'site {scope.site}')}"
    if scope.tags:
        return "at sites with " + " and ".join(f"{key} {value}" for key, value in scope.tags.items())
    return "at any site"


def _limits(rule: Rule) -> str:
    values = [rung.threshold for rung in rule.ladder] or [rule.threshold or 0.0]
    return " or ".join(_number(value, rule.unit) for value in values)


def _beside(rule: Rule) -> str:
    beside = rule.while_
    return f" while {beside.point} is {_OPS[beside.op]} {beside.value:g}" if beside else ""


def _held(rule: Rule) -> str:
    for_s = f" for {span(rule.for_s)}" if rule.for_s and rule.kind is not Kind.NO_DATA else ""
    return for_s + (f" for {rule.count} readings in a row" if rule.count > 1 else "")


def _hours(rule: Rule) -> str:
    return f" between {rule.hours.start} and {rule.hours.end}" if rule.hours else ""


def _severities(rule: Rule) -> str:
    return " or ".join(rung.severity for rung in rule.ladder) or rule.severity


def _clearing(rule: Rule) -> str:
    held = f" for {span(rule.clear_for_s)}" if rule.clear_for_s else ""
    if rule.clear_threshold is None:
        return f"; clear when it is over{held}" if held else ""
    side = "below" if rule.op.rises else "above"
    return f"; clear {side} {_number(rule.clear_threshold, rule.unit)}{held}"


def _worsening(rule: Rule) -> str:
    return f"; {rule.worsen_to} after {span(rule.worsen_after_s)}" if rule.worsen_after_s else ""


def _number(value: float, unit: str) -> str:
    return f"{value:g} {unit}".rstrip()
