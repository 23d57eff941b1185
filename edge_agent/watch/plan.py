"""The rules of this gateway as they meet its points. Made when rules, zone or trust in the clock change."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from edge_agent.outbox.judged import Key
from protocol import rule_mistakes
from protocol.breaks import UNBROKEN, breaks
from protocol.hours import Offset
from protocol.reading import Origin, Point
from protocol.rule import Kind, Rule
from protocol.terms import Terms, oldest_beside, terms

WATCHES_LIMIT = 20_000  # rules on points: each is looked at once a second

_LAG_MS = 2_000  # a sample is on its way so long: what is due now waits for it


class Plan:
    """`offset` of the site's zone; None: nobody knows the hour, for the clock is not trusted.

    A rule that does not fit a point rests there: it must not keep the others from their work.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        points: Sequence[Point],
        origins: Sequence[Origin],
        offset: Offset | None,
        actions: Collection[str] = (),
    ) -> None:
        """`actions`: those that agent.toml has."""
        self.unmet: list[str] = []  # what can't be done here, in sentences
        self.terms: dict[Key, Terms] = {}
        self.of_point: dict[str, list[Terms]] = {}
        self.actions = {rule.id: rule.actions for rule in rules if rule.actions}
        broken, names = breaks(origins), {point.name for point in points}
        for rule in rules:
            found = watched(rule, points)
            if found:
                self.unmet += _lacking(rule, actions)
            for point in found:
                if misfits := list(rule_mistakes.unfit(rule, point, names)):
                    self.unmet.append(f"rule {rule.id} rests: {'; '.join(misfits)}")
                    continue
                compiled = terms(rule, point, offset, broken.get(point.name, UNBROKEN))
                self.terms[rule.id, point.name] = compiled
                self.of_point.setdefault(point.name, []).append(compiled)
        self.companions = {one.companion for one in self.terms.values() if one.companion}
        self.heard = {*self.of_point, *self.companions}  # points of which something is remembered
        self._intervals = {point.name: round((point.interval_s or 0) * 1000) for point in points}

    def beside_ms(self, companion: str) -> int:
        """How old the newest value of a point may be that stands in a `while`."""
        return oldest_beside(self._intervals.get(companion, 0))

    def lag_ms(self, point: str) -> int:
        """How long a delay waits for the sample that may end it."""
        return max(self._intervals.get(point, 0), _LAG_MS)


def _lacking(rule: Rule, actions: Collection[str]) -> list[str]:
    known = ", ".join(sorted(actions)) or "none"
    lacking = [name for name in rule.actions if name not in actions]
    return [f'rule {rule.id}: agent.toml has no action "{name}" (it has: {known})' for name in lacking]


def watched(rule: Rule, points: Sequence[Point]) -> list[Point]:
    """Those of this gateway: that the rule reaches the site was seen to by the cloud."""
    if rule.kind is Kind.SITES:
        return []
    return [point for point in points if rule.scope.watches(point.name)]


def offset_of(zone: str) -> Offset:
    """Raises KeyError, ValueError or OSError for one that nobody knows."""
    found = ZoneInfo(zone)

    def offset(at: int) -> int:
        ahead = datetime.fromtimestamp(at / 1000, found).utcoffset()
        return round(ahead.total_seconds() * 1000) if ahead else 0

    return offset
