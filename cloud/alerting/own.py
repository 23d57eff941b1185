"""What the cloud judges itself, told as any judge tells it: transitions, merged like all others."""

import uuid

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import transitions
from cloud.store.alerts import AlertRow
from cloud.store.transitions import Place
from protocol.alert import Reason, State
from protocol.course import Course
from protocol.fold import Folded
from protocol.messages import Transition
from protocol.rule import Severity


async def fire(
    connection: AsyncConnection,
    place: Place,
    rule: tuple[str, int],
    point: str,
    severity: Severity,
    gateway_id: str,
    began: int,
    now: int,
) -> None:
    """Raise an alert; the caller has found that there is none. `gateway_id`: the one it is about, or ""."""
    alert = str(uuid.uuid4())
    rule_id, version = rule
    told = Transition(
        id=f"{alert}/1",
        alert=alert,
        rule=rule_id,
        rule_version=version,
        point=point,
        state=State.FIRING,
        severity=severity,
        at=now,
        learned_at=now,
        course=Course(counter=1, reason=Reason.FIRED, began=began, seen_at=now, occurrences=1),
    )
    await transitions.add_own(connection, place.organisation_id, gateway_id, told)


async def end(connection: AsyncConnection, row: AlertRow, reason: Reason, now: int) -> None:
    """Resolve it, under every id that it has."""
    for member in await transitions.members_of(connection, [row.id]):
        if member.folded.ended_at is None:
            told = _ending(member.folded, reason, now)
            await transitions.add_own(connection, row.organisation_id, member.gateway_id, told)


def _ending(told: Folded, reason: Reason, now: int) -> Transition:
    counter = told.counter + 1
    return Transition(
        id=f"{told.id}/{counter}",
        alert=told.id,
        rule=told.rule,
        rule_version=told.rule_version,
        point=told.point,
        state=State.RESOLVED,
        severity=told.severity,
        at=max(now, told.fired_at),
        learned_at=now,
        course=Course(
            counter=counter,
            reason=reason,
            began=told.began,
            seen_at=told.seen_at,
            occurrences=told.occurrences,
        ),
    )
