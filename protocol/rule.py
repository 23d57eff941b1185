"""A rule as people write it. Knows nothing of the points it meets, of units, or of alerts."""

import enum
import operator
from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.hours import Hours
from protocol.limits import RULES_LIMIT, Count, Few, Name, Number, Text

# Seconds; a week at most: what has to hold longer is a report, not an alert.
Delay = Annotated[float, Meta(ge=0, le=604_800)]
Length = Annotated[float, Meta(gt=0, le=604_800)]


class Severity(enum.StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _RANKS[self]


SEVERITIES = {severity.value: severity for severity in Severity}  # a newer writer may know others
_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Kind(enum.StrEnum):
    THRESHOLD = "threshold"
    RATE = "rate"  # change per time
    NO_DATA = "no_data"  # silence of a point for `for_s`
    FAULT = "fault"  # the sensor reports an error
    AGGREGATE = "aggregate"  # over a window
    SITES = "sites"  # so many sites firing a named rule within a window: the cloud's alone


class Op(enum.StrEnum):
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    EQUAL = "=="
    DIFFERENT = "!="

    @property
    def compare(self) -> Callable[[float, float], bool]:
        return _COMPARE[self]

    @property
    def rises(self) -> bool | None:
        """Whether worse is higher; None: there is no worse."""
        return _RISES.get(self)


_COMPARE: dict[Op, Callable[[float, float], bool]] = {
    Op.ABOVE: operator.gt,
    Op.AT_LEAST: operator.ge,
    Op.BELOW: operator.lt,
    Op.AT_MOST: operator.le,
    Op.EQUAL: operator.eq,
    Op.DIFFERENT: operator.ne,
}
_RISES = {Op.ABOVE: True, Op.AT_LEAST: True, Op.BELOW: False, Op.AT_MOST: False}


class Statistic(enum.StrEnum):
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    MEAN = "mean"


class Rung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of a ladder."""

    threshold: Number
    severity: Severity


class While(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second point of the device that must stand like this: "pump on and no flow"."""

    point: Name  # device/metric of the site, or a metric of the same device
    op: Op
    value: Number  # in that point's own unit

    def point_beside(self, point: str) -> str:
        """The second point, beside that one."""
        return self.point if "/" in self.point else f"{point.partition('/')[0]}/{self.point}"


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which points a rule watches: one, or a metric, of a site, of the sites with these tags, or of all."""

    point: Text = ""  # device/metric; needs a site
    metric: Text = ""
    site: Text = ""
    tags: dict[Name, Text] = {}  # of the site; all of them

    def reaches(self, site: str, tags: Mapping[str, str]) -> bool:
        """Whether a site with these tags is meant."""
        return self.site in ("", site) and self.tags.items() <= tags.items()

    def watches(self, point: str) -> bool:
        """Whether that point, device/metric, of such a site is meant."""
        return point == self.point if self.point else point.partition("/")[2] == self.metric


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Thresholds are written in `unit`, and become the point's own unit in `protocol.terms`."""

    id: Name
    version: Count = 1  # grows with every edit; versions are never deleted
    name: Text = ""  # what people call it
    to_do: Text = ""  # what whoever is told should do
    scope: Scope
    kind: Kind
    severity: Severity = Severity.WARNING

    op: Op = Op.ABOVE
    threshold: Number | None = None
    ladder: list[Rung] = []  # in rising order; instead of threshold and severity
    unit: Annotated[str, Meta(max_length=32)] = ""  # "": the point's own
    clear_threshold: Number | None = None  # None: the opposite of the raise condition clears

    statistic: Statistic = Statistic.MEAN  # aggregate
    window_s: Length | None = None  # aggregate, sites
    per_s: Length = 60.0  # rate: the threshold is a change in this time
    min_dt_s: Delay = 0.0  # rate: two samples are compared that lie at least this far apart
    of_rule: Text = ""  # sites: the rule that fires there
    sites: Few = 2  # sites: at so many

    for_s: Delay = 0.0  # must hold this long
    count: Annotated[int, Meta(ge=1, le=1_000)] = 1  # and for this many readings in a row
    clear_for_s: Delay = 0.0
    while_: While | None = msgspec.field(default=None, name="while")
    hours: Hours | None = None  # of the site, in which it may be raised
    cooldown_s: Delay = 0.0  # a re-fire within it reopens the same alert
    worsen_after_s: Length | None = None  # it has fired this long
    worsen_to: Severity = Severity.CRITICAL

    late_after_s: Length | None = None  # None: the larger of 2 x expected interval and 15 min
    max_gap_s: Length | None = None  # None: 3 x expected interval
    actions: Annotated[list[Name], Meta(max_length=16)] = []  # local actions of the gateway


class Document(msgspec.Struct, frozen=True):
    """The rules of one gateway: the JSON in a `messages.Config`, in which others may keep more."""

    zone: str = "UTC"  # of its site
    rules: Annotated[list[Rule], Meta(max_length=RULES_LIMIT)] = []
