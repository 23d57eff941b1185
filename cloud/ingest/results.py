"""What gateways answer to what went down to them, and what people did there: have seen, were told."""

from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import tell
from cloud.alerting.audience import AT_GATEWAY
from cloud.store import acknowledgements, alerts, notifications, people, rollouts, transitions
from cloud.store.alerts import AlertRow
from cloud.store.notifications import Notification
from protocol.acknowledgement import Acknowledgement
from protocol.messages import Result
from protocol.rule import SEVERITIES
from protocol.told import Told

log = structlog.get_logger()

CONFIG = "config"  # "config <digest>"
ACKNOWLEDGE = "acknowledge"  # "acknowledge <number>"


async def note(connection: AsyncConnection, gateway: str, result: Result, now: int) -> None:
    """Keep an answer. One to a question that nobody asked changes nothing."""
    what, _, key = result.command.partition(" ")
    if what == CONFIG:
        await rollouts.answered(connection, gateway, key, result.ok, result.text, now)
    elif what == ACKNOWLEDGE and key.isdecimal() and len(key) < 19:
        await acknowledgements.note_answered(connection, gateway, int(key), now)


async def acknowledged(
    connection: AsyncConnection, gateway: str, said: Sequence[Acknowledgement], now: int
) -> None:
    """What a birth lists: seen there, or here. Of an alert that is not known yet nothing is kept."""
    members = await transitions.members(connection, [one.alert for one in said])
    for one in said:
        member = members.get(one.alert)
        if member is None or member.gateway_id != gateway:
            continue
        if await acknowledgements.is_known(connection, one, now):
            continue
        # A clock that is ahead must not outweigh what is said here from now on.
        heard = msgspec.structs.replace(one, at=min(one.at, now))
        await acknowledgements.add(
            connection, member.organisation_id, member.alert_id, heard, gateway_id=gateway
        )
        await tell.touch(connection, member.organisation_id, member.site_id, now)


async def told(connection: AsyncConnection, gateway: str, said: Sequence[Told], now: int) -> list[Told]:
    """What a birth lists: told there, so not once more from here. What of it is noted, or never will be."""
    members = await transitions.members(connection, [one.alert for one in said])
    rows = await alerts.among(connection, {one.alert_id for one in members.values()})
    noted = []
    for one in said:
        member = members.get(one.alert)
        if member is None or member.gateway_id != gateway:
            continue  # it comes again: the alert itself may still be on its way
        noted.append(one)
        person = await people.find(connection, one.person)
        if person is None or person.organisation_id != member.organisation_id:
            log.warning("told at a gateway, but not known here", gateway=gateway, person=one.person)
            continue
        row = _told(rows[member.alert_id], one, person.id, now)
        await notifications.add_message(connection, [row], f"told by {one.action}", "", now)
        await tell.touch(connection, member.organisation_id, member.site_id, now)
    return noted


def _told(alert: AlertRow, one: Told, person_id: int, now: int) -> Notification:
    at = min(one.at, now)
    return Notification(
        organisation_id=alert.organisation_id,
        key=f"{one.alert} told {one.severity} {person_id} {one.action}",
        alert_id=alert.id,
        member_id=one.alert,
        site_id=alert.site_id,
        counter=alert.paged_by,
        occasion="page",
        severity=SEVERITIES.get(one.severity, alert.severity),
        person_id=person_id,
        channel=AT_GATEWAY,
        address=one.action,
        state="delivered",
        created_at=at,
        expires_at=at,
        sent_at=at,
    )
