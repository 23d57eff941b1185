"""Somebody who may hear of alerts, and when they do."""

import msgspec

from protocol import hours
from protocol.hours import Hours, Offset
from protocol.rule import Severity

DIGEST = Hours("07:00", "08:00")  # what was not urgent at night is told when it begins


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who hears of alerts of one site, from a severity on."""

    person: str
    minimum: Severity
    hours: Hours | None
    channels: tuple[str, ...]

    def told_at(self, severity: Severity, at: int, offset: Offset) -> int:
        """At once, or with the next digest, or when their hours begin."""
        if severity is Severity.CRITICAL or self.hours is None:
            return at
        times = (self.hours, DIGEST)
        if any(hours.contains(one, at, offset) for one in times):
            return at
        return min(hours.next_start(one, at, offset) for one in times)
