"""A rule as it meets one point: its numbers in the point's unit, its times in ms. Made once, judged often."""

import msgspec

from protocol import units
from protocol.breaks import UNBROKEN, Breaks
from protocol.hours import Hours, Offset
from protocol.reading import Point
from protocol.rule import Kind, Op, Rule, Severity, Statistic

_LEAST_LATE_S = 900.0
_BESIDE_MS = 600_000  # what another point was longer ago says nothing of now


class Limit(msgspec.Struct, frozen=True):
    """A rung in the point's unit."""

    threshold: float
    severity: Severity


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    version: int
    point: str
    kind: Kind
    severity: Severity  # where no rung says another
    op: Op
    limits: tuple[Limit, ...]  # in rising order
    clear_at: float | None
    statistic: Statistic
    window: int  # ms, as all spans below
    per: int
    min_dt: int
    hold: int
    count: int
    clear_hold: int
    companion: str  # the point of `while`; "": none
    companion_op: Op
    companion_value: float
    hours: Hours | None
    offset: Offset | None  # None: the hour is not known, the clock is not trusted
    cooldown: int
    worsen_after: int | None
    worsen_to: Severity
    late_after: int
    max_gap: int | None  # None: an irregular point has no gaps
    breaks: Breaks


def terms(rule: Rule, point: Point, offset: Offset | None, breaks: Breaks = UNBROKEN) -> Terms:
    """What the rule means for this point; `rule_mistakes` has found nothing against it."""
    beside = rule.while_
    return Terms(
        rule=rule.id,
        version=rule.version,
        point=point.name,
        kind=rule.kind,
        severity=rule.severity,
        op=rule.op,
        limits=_limits(rule),
        clear_at=None if rule.clear_threshold is None else in_canonical(rule, rule.clear_threshold),
        statistic=rule.statistic,
        window=_ms(rule.window_s or 0),
        per=_ms(rule.per_s),
        min_dt=_ms(rule.min_dt_s),
        hold=_ms(rule.for_s),
        count=rule.count,
        clear_hold=_ms(rule.clear_for_s),
        companion=beside.point_beside(point.name) if beside else "",
        companion_op=beside.op if beside else Op.EQUAL,
        companion_value=beside.value if beside else 0.0,
        hours=rule.hours,
        offset=offset,
        cooldown=_ms(rule.cooldown_s),
        worsen_after=None if rule.worsen_after_s is None else _ms(rule.worsen_after_s),
        worsen_to=rule.worsen_to,
        late_after=_ms(rule.late_after_s or max(2 * (point.interval_s or 0), _LEAST_LATE_S)),
        max_gap=_max_gap(rule, point),
        breaks=breaks,
    )


def oldest_beside(interval_ms: int) -> int:
    """How old, in ms, the newest value of a point may be that stands in a `while`; 0: it is irregular."""
    return max(3 * interval_ms, _BESIDE_MS)


def in_canonical(rule: Rule, value: float) -> float:
    """A threshold in the canonical unit; a change has no zero: 9 °F a minute are 5 °C a minute."""
    if not rule.unit:
        return value
    convert = units.convert_span if rule.kind is Kind.RATE else units.convert
    return convert(value, units.find(rule.unit))


def _limits(rule: Rule) -> tuple[Limit, ...]:
    if rule.ladder:
        return tuple(Limit(in_canonical(rule, rung.threshold), rung.severity) for rung in rule.ladder)
    if rule.threshold is None:
        return ()
    return (Limit(in_canonical(rule, rule.threshold), rule.severity),)


def _max_gap(rule: Rule, point: Point) -> int | None:
    if rule.max_gap_s is not None:
        return _ms(rule.max_gap_s)
    return None if point.interval_s is None else _ms(3 * point.interval_s)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
