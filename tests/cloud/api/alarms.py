"""Alerts in a running server: a gateway tells of them, and alerting takes them in."""

from typing import Any

from cloud.alerting import merge, ring
from cloud.store import events
from protocol.course import Course
from protocol.messages import Transition
from protocol.reading import Reading
from protocol.rule import Severity
from tests.cloud.api.conftest import Served

POINT = "oht-1/level"


async def fire(
    served: Served,
    alert: str,
    counter: int = 1,
    owner: int = 0,
    severity: Severity = Severity.WARNING,
    **rest: Any,
) -> None:
    """The gateway of that organisation tells of a new alert, or the next step of one."""
    await tell(served, transition(served, alert, counter, severity=severity, **rest), owner)


async def tell(served: Served, said: Transition, owner: int = 0) -> None:
    own = served.owners[owner]
    async with served.database.writing() as connection:
        await events.add_transitions(
            connection, own.gateway, own.organisation, [said], "epoch-1", served.now()
        )
    await merge.merge_all(served.database, served.now())
    await ring.ring(served.database, "worker", served.now())


def transition(
    served: Served,
    alert: str,
    counter: int = 1,
    reason: str = "fired",
    severity: Severity = Severity.WARNING,
    rule: str = "low-tank",
    point: str = POINT,
    began: int | None = None,
    at: int | None = None,
) -> Transition:
    now = served.now()
    at = now if at is None else at
    return Transition(
        id=f"{alert}/{counter}",
        alert=alert,
        rule=rule,
        rule_version=1,
        point=point,
        state="resolved" if reason == "cleared" else "firing",
        severity=severity,
        at=at,
        learned_at=now,
        value=0.4,
        limit=0.5,
        course=Course(
            counter=counter,
            reason=reason,
            began=at if began is None else began,
            seen_at=at,
            occurrences=1,
            stale=False,
        ),
    )


async def measure(served: Served, *points: str, owner: int = 0) -> None:
    """The organisation has these points, in metres."""
    await served.send([Reading(point, served.now(), 1.0) for point in points], owner, epoch=f"e{owner}")
