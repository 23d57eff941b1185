"""Deliveries as the API shows them: what was to be told, with each try."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.api.alert_shapes import Delivery, DeliveryTry
from cloud.store import deliveries, routes
from cloud.store.deliveries import Attempt
from cloud.store.notifications import Notification


async def deliveries_of(
    connection: AsyncConnection, organisation_id: int, rows: Sequence[Notification]
) -> list[Delivery]:
    """In the order of the rows. What another message carries was tried as often as that one."""
    people = (await routes.people_of(connection, organisation_id)).people
    tries: dict[int, list[DeliveryTry]] = {}
    for one in await deliveries.attempts_of(connection, {row.carried_by or row.id for row in rows}):
        tries.setdefault(one.notification_id, []).append(_try(one))
    return [
        Delivery(
            id=row.id,
            alert_id=row.alert_id,
            site_id=row.site_id,
            occasion=row.occasion,
            is_over=row.is_over,
            severity=row.severity,
            person_id=row.person_id,
            person=people[row.person_id].name,
            channel=row.channel,
            state=row.state,  # type: ignore[arg-type]  # the table's words are these
            carried_by=row.carried_by,
            subject=row.subject,
            created_at=row.created_at,
            due_at=row.due_at,
            sent_at=row.sent_at,
            tries=tries.get(row.carried_by or row.id, []),
        )
        for row in rows
    ]


def _try(one: Attempt) -> DeliveryTry:
    return DeliveryTry(
        at=one.at, channel=one.channel, outcome=one.outcome, answer=one.answer, parts=one.parts
    )
