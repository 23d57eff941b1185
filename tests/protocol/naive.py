"""The alert machine once more, without a machine: it looks at every second and has no table."""

from typing import Any

import msgspec

RANK = {"info": 0, "warning": 1, "critical": 2}
MAX_GAP = 180
RUNGS = ((50.0, "warning"), (90.0, "critical"))


class Settings(msgspec.Struct, frozen=True):
    hold: int
    count: int
    clear_at: float
    clear_hold: int
    cooldown: int
    worsen_after: int | None  # to critical


class Naive:
    """A rule above 50 and 90; a sample is expected every minute."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = 0
        self.heard: int | None = None
        self.state = "inactive"
        self.held = 0  # seconds that the delay has run up to the newest sample
        self.run = 0
        self.reached = ""
        self.raised = self.fired = self.ended = 0
        self.began: int | None = None
        self.severity = ""
        self.stale = False
        self.occurrences = 0
        self.alerts = 0
        self.told: list[tuple[int, str]] = []  # alert, why

    def tick(self, until: int) -> None:
        while self.now < until:
            self.now += 1
            self._second()

    def sample(self, at: int, value: float) -> None:
        """Before whatever else happens in that second."""
        self.tick(at - 1)
        self.now = at
        gap = 0 if self.heard is None else self.now - self.heard
        self.held += gap if gap <= MAX_GAP else 0
        self._fall_silent(gap)
        self.heard = self.now
        was_stale, self.stale, told = self.stale, False, len(self.told)
        reached = [severity for limit, severity in RUNGS if value > limit]
        if reached:
            self._raise(reached[-1])
        else:
            self._calm(value <= self.settings.clear_at)
        self._second()
        if was_stale and len(self.told) == told:
            self._tell("fresh")

    def as_seen(self) -> dict[str, Any]:
        is_open = self.state in ("firing", "clearing")
        return {
            "state": self.state,
            "severity": self.severity if is_open else "",
            "began": self.began if is_open else None,
            "stale": self.stale,
            "occurrences": self.occurrences if is_open else 0,
            "told": self.told,
        }

    def _second(self) -> None:
        """What time does at the present second."""
        if self.heard is None:
            return
        silent = self.now - self.heard
        running = silent <= MAX_GAP
        held = self.held + silent
        if self.state == "pending" and running and self.run >= self.settings.count:
            if held >= self.settings.hold:
                self._fire()
        elif self.state == "clearing" and running and held >= self.settings.clear_hold:
            self.state, self.ended, self.stale = "resolved", self.now, False
            self._tell("cleared")
        worsen = self.settings.worsen_after
        if self.state == "firing" and worsen is not None and self.now - self.fired >= worsen:
            self._rise("critical")
        self._fall_silent(silent)

    def _fall_silent(self, silent: int) -> None:
        if self.state in ("firing", "clearing") and silent > MAX_GAP and not self.stale:
            self.stale = True
            self._tell("stale")

    def _raise(self, severity: str) -> None:
        self.reached = severity
        if self.state in ("inactive", "resolved"):
            self.state, self.held, self.run, self.raised = "pending", 0, 1, self.now
        elif self.state == "pending":
            self.run += 1
        else:
            self.occurrences += self.state == "clearing"
            self.state = "firing"
            self._rise(severity)

    def _calm(self, clears: bool) -> None:
        if self.state == "pending":
            self.state = "inactive"
        elif self.state == "clearing" and not clears:
            self.state = "firing"
            self.occurrences += 1
        elif self.state == "firing" and clears:
            self.state, self.held = "clearing", 0

    def _fire(self) -> None:
        again = self.alerts > 0 and self.now - self.ended <= self.settings.cooldown
        self.state, self.fired = "firing", self.now
        if again:
            self.severity = max(self.severity, self.reached, key=RANK.__getitem__)
            self.occurrences += 1
            self._tell("reopened")
            return
        self.alerts, self.began, self.severity, self.occurrences = (
            self.alerts + 1,
            self.raised,
            self.reached,
            1,
        )
        self._tell("fired")

    def _rise(self, severity: str) -> None:
        if RANK[severity] > RANK[self.severity]:
            self.severity = severity
            self._tell("rose")

    def _tell(self, why: str) -> None:
        self.told.append((self.alerts, why))
