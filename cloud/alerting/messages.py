"""From what is to be said to notification rows: worded, one message for each person and channel."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import wording
from cloud.alerting.audience import REPEAT, addresses_at
from cloud.alerting.escalate import Step
from cloud.alerting.gather import Situation
from cloud.alerting.item import Line, What
from cloud.alerting.languages.languages import LANGUAGES
from cloud.alerting.naming import GATEWAY_OFFLINE
from cloud.alerting.route import Message
from cloud.alerting.wording import Facts, Text
from cloud.store import contacts, notifications, rules
from cloud.store.alerts import AlertRow
from cloud.store.notifications import Notification
from cloud.store.routes import Address
from protocol.hours import DAY

WORTH_MS = DAY  # a message that could not be sent for longer is not sent any more

_OCCASIONS = {
    What.FIRES: "page",
    What.ROSE: "page",
    What.STILL_FIRES: REPEAT,
    What.ENDED: "resolve",
}


class Wording(msgspec.Struct, frozen=True):
    """What messages of a place say of its alerts."""

    name: str | int  # of the place; how many sites it is where it is several
    zone: str
    facts: dict[str, Facts]

    @classmethod
    async def of(
        cls, connection: AsyncConnection, situation: Situation, name: str | int, zone: str
    ) -> "Wording":
        rows = situation.rows.values()
        organisation_id = next(iter(rows)).organisation_id
        wanted = {(row.rule_id, row.rule_version) for row in rows}
        bodies = await rules.bodies(connection, organisation_id, wanted)
        labels = await contacts.labels(
            connection, {row.gateway_id for row in rows if row.rule_id == GATEWAY_OFFLINE}
        )
        facts = {}
        for row in rows:
            body = bodies.get((row.rule_id, row.rule_version))
            named = (body.name or body.id) if body else row.rule_id
            if row.rule_id == GATEWAY_OFFLINE:
                named = "gateways offline" if row.site_id is None else "gateway offline"
            to_do = body.to_do if body else ""
            facts[row.id] = _facts(row, named, labels.get(row.gateway_id, row.point), to_do)
        return cls(name, zone, facts)


async def send(
    connection: AsyncConnection, situation: Situation, worded: Wording, message: Message, now: int
) -> list[Notification]:
    """One message on each of the person's channels; the first of its rows carries the others. All of them."""
    person = int(message.person)
    told = _words(situation, worded, person, message.lines)
    sent: list[Notification] = []
    for channel in message.channels:
        for address in addresses_at(situation.people, person, channel):
            rows = [_row(situation, one, address, _OCCASIONS[one.what], now) for one in message.lines]
            await notifications.add_message(connection, rows, told.subject, told.body, now)
            sent += rows
    return sent


async def escalate(
    connection: AsyncConnection, situation: Situation, worded: Wording, step: Step, now: int
) -> None:
    """Tell the next person; whoever was told already is not told again."""
    line = Line(step.alert, What.FIRES)
    person = int(step.receiver.person)
    told = _words(situation, worded, person, [line])
    for channel in step.receiver.channels:
        for address in addresses_at(situation.people, person, channel):
            row = _row(situation, line, address, "escalation", now)
            await notifications.add_message(connection, [row], told.subject, told.body, now)


def _words(situation: Situation, worded: Wording, person: int, lines: Sequence[Line]) -> Text:
    """In the language of whom it is for."""
    words = LANGUAGES[situation.people.people[person].language]
    place = worded.name if isinstance(worded.name, str) else words.sites.format(count=worded.name)
    return wording.text(words, place, worded.zone, lines, worded.facts)


def _row(situation: Situation, line: Line, address: Address, occasion: str, now: int) -> Notification:
    row = situation.rows[line.alert]
    is_over = line.what is What.ENDED
    return Notification(
        organisation_id=row.organisation_id,
        key=_key(situation, row, line, occasion, address),
        alert_id=row.id,
        member_id=row.member_id,
        site_id=row.site_id,
        counter=row.counter if is_over else row.paged_by,
        occasion=occasion,
        is_over=is_over,
        severity=row.severity,
        person_id=address.person_id,
        channel=address.channel,
        address=address.value,
        language=situation.people.people[address.person_id].language,
        created_at=now,
        expires_at=now + WORTH_MS,
    )


def _key(situation: Situation, row: AlertRow, line: Line, occasion: str, address: Address) -> str:
    """The same whoever decides it and however often: a repetition is told apart by the one before."""
    counter = row.counter if line.what is What.ENDED else row.paged_by
    count = ""
    if line.what is What.STILL_FIRES:
        before = sum(
            (one.alert_id, one.person_id, one.channel, one.address)
            == (row.id, address.person_id, address.channel, address.value)
            for one in situation.sent
        )
        count = f" {before}"
    what = f"{occasion} {row.severity.value}{count}"
    return f"{row.member_id} {counter} {what} {address.person_id} {address.channel} {address.id}"


def _facts(row: AlertRow, name: str, point: str, to_do: str) -> Facts:
    return Facts(
        name=name,
        point=point,
        severity=row.severity,
        value=row.value,
        limit=row.limit,
        unit=row.unit,
        began=row.began if row.true_began is None else row.true_began,
        ended_at=row.ended_at,
        to_do=to_do,
    )
