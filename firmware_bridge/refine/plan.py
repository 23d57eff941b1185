"""What is done with the readings of a source's points, known from its settings alone. Pure."""

from collections.abc import Mapping

import msgspec

from firmware_bridge.fields import Measure, beside
from firmware_bridge.refine.derived import AnyDerived
from firmware_bridge.refine.quality import Checks


class Step(msgspec.Struct, frozen=True):
    """What is done with the readings of one point of a device."""

    checks: Checks | None  # canonical
    remembers: bool
    watched_by: list[tuple[str, Checks]]  # points that are stuck if they stay while this one moves
    derived: list[tuple[AnyDerived, str, str]]  # with the point that it is derived of, and its own


class Plan:
    """All of it, known from the settings alone."""

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        checks = {
            point: measure.checks.canonical(measure.unit)
            for point, measure in measures.items()
            if measure.checks
        }
        self.companions = {
            beside(point, metric) for point, measure in measures.items() for metric in measure.companions()
        }
        watchers = [
            (beside(point, check.stuck.while_), point, check)
            for point, check in checks.items()
            if check.stuck and check.stuck.while_
        ]
        # Empty where nothing is checked or derived; a companion has neither, and is remembered.
        self.steps = {
            point: Step(
                checks.get(point),
                point in self.companions or (point in checks and checks[point].remembers),
                [(watcher, check) for watched, watcher, check in watchers if watched == point],
                [
                    (one, beside(point, one.of or measure.metric), beside(point, one.metric))
                    for one in measure.derived
                ],
            )
            for point, measure in measures.items()
            if measure.checks or measure.derived or point in self.companions
        }

    def resolution(self, point: str) -> float:
        """The smallest step of a point's sensor; 0 where that is not known."""
        step = self.steps.get(point)
        return (step.checks.resolution or 0.0) if step and step.checks else 0.0
