"""A test message in the log of deliveries: when it was sent, and what the provider answered."""

import uuid

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting.languages.languages import LANGUAGES
from cloud.api.telling_shapes import TestAnswer
from cloud.store import deliveries, notifications, routes
from cloud.store.deliveries import Try
from cloud.store.notifications import Notification
from cloud.store.routes import Address, Person
from protocol.rule import Severity


async def keep_test(
    connection: AsyncConnection,
    organisation_id: int,
    address: Address,
    person: Person,
    answer: TestAnswer,
    now: int,
) -> None:
    """A message that was taken also shows that the address works."""
    outcome = "dead"
    if answer.is_sent:
        outcome = "delivered" if answer.is_delivered else "sent"
        await routes.verify_address(connection, organisation_id, address.id, now)
    row = Notification(
        organisation_id=organisation_id,
        key=f"test {uuid.uuid4()}",
        alert_id=None,
        member_id="",
        site_id=None,
        counter=0,
        occasion="test",
        severity=Severity.INFO,
        person_id=person.id,
        channel=address.channel,
        address=address.value,
        language=person.language,
        state=outcome,
        subject=LANGUAGES[person.language].test_subject,
        created_at=now,
        expires_at=now,
        tries=1,
        sent_at=now if answer.is_sent else None,
    )
    key = await notifications.keep_done(connection, row)
    await deliveries.keep(
        connection, organisation_id, key, Try(at=now, outcome=outcome, answer=answer.answer)
    )
