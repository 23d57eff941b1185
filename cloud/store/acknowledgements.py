"""Who has seen an alert, and for how long it is put away. Knows neither what that stops nor who is told."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.errors import Conflict, Invalid
from cloud.store.alerts import AlertRow
from cloud.store.tables.alerting import acknowledgement, alert, alert_member, shelving
from protocol.acknowledgement import Acknowledgement

SHELVED_AT_MOST_MS = 7 * 86_400_000
_WELCOMED = 500  # acknowledgements that one answer has room for
_SENT_WITHIN_MS = 3_600_000  # after that the next birth brings it


class Seen(msgspec.Struct, frozen=True):
    """An acknowledgement as it is kept."""

    id: int
    alert_id: str
    gateway_id: str  # where it was made; "": in the cloud
    note: str
    said: Acknowledgement


class Shelf(msgspec.Struct, frozen=True):
    """An open alert that is put away."""

    alert_id: str
    by: str
    at: int
    until: int


async def acknowledge(
    connection: AsyncConnection, row: AlertRow, by: str, until: int | None, note: str, now: int
) -> None:
    """Somebody has seen this alert as the row shows it. Raises Conflict where it is over.

    `until` that is not after `now` takes back those before. Each of the alert's open ids is acknowledged, so
    that every gateway that tells it understands.
    """
    if not row.is_open:
        raise Conflict("this alert is over: there is nothing to acknowledge")
    rows = await connection.execute(
        select(alert_member.c.id, alert_member.c.folded).where(
            alert_member.c.alert_id == row.id, alert_member.c.ended_at.is_(None)
        )
    )
    for member, folded in rows.all():
        said = Acknowledgement(alert=member, counter=folded["counter"], by=by, at=now, until=until)
        await add(connection, row.organisation_id, row.id, said, note=note)


async def take_back(connection: AsyncConnection, row: AlertRow, by: str, now: int) -> None:
    """Nobody has seen it: repeats and escalation go on."""
    await acknowledge(connection, row, by, now, "", now)


async def add(
    connection: AsyncConnection,
    organisation_id: int,
    alert_id: str,
    said: Acknowledgement,
    gateway_id: str = "",
    note: str = "",
) -> None:
    """Keep one, of whichever side. One that is there already is not kept twice."""
    same = select(acknowledgement.c.id).where(
        acknowledgement.c.member_id == said.alert,
        acknowledgement.c.counter == said.counter,
        acknowledgement.c.at == said.at,
        acknowledgement.c.by == said.by,
    )
    if await connection.scalar(same) is not None:
        return
    await connection.execute(
        insert(acknowledgement).values(
            organisation_id=organisation_id,
            alert_id=alert_id,
            member_id=said.alert,
            counter=said.counter,
            by=said.by,
            at=said.at,
            until=said.until,
            note=note,
            gateway_id=gateway_id,
        )
    )


async def is_known(connection: AsyncConnection, said: Acknowledgement, now: int) -> bool:
    """Whether it was kept before; one from the future was kept as of when it was heard."""
    query = select(acknowledgement.c.id).where(
        acknowledgement.c.member_id == said.alert,
        acknowledgement.c.counter == said.counter,
        acknowledgement.c.by == said.by,
    )
    if said.at <= now:
        query = query.where(acknowledgement.c.at == said.at)
    return await connection.scalar(query.limit(1)) is not None


async def of_alerts(connection: AsyncConnection, keys: Collection[str]) -> dict[str, list[Seen]]:
    """By alert, oldest first. Which one holds, `protocol.standing.standing` tells."""
    rows = await connection.execute(
        select(acknowledgement)
        .where(acknowledgement.c.alert_id.in_(sorted(keys)))
        .order_by(acknowledgement.c.at, acknowledgement.c.id)
    )
    found: dict[str, list[Seen]] = {}
    for row in rows:
        found.setdefault(row.alert_id, []).append(_seen(row))
    return found


async def for_gateway(connection: AsyncConnection, gateway_id: str) -> list[Acknowledgement]:
    """What a birth of this gateway is answered with: what was said last of its open alerts, oldest first."""
    rows = await connection.execute(
        select(acknowledgement)
        .join(alert_member, alert_member.c.id == acknowledgement.c.member_id)
        .where(alert_member.c.gateway_id == gateway_id, alert_member.c.ended_at.is_(None))
        .order_by(acknowledgement.c.id.desc())
        .limit(_WELCOMED)
    )
    return [_seen(row).said for row in rows][::-1]


async def unpublished(connection: AsyncConnection, now: int, limit: int) -> list[tuple[str, Seen]]:
    """Fresh ones of the cloud that their gateway may not have heard yet, with that gateway's id."""
    return await _waiting(connection, acknowledgement.c.published_at.is_(None), now, limit)


async def unanswered(connection: AsyncConnection, gateway_id: str, now: int, limit: int) -> list[Seen]:
    """Fresh ones that this gateway has not said it has."""
    mine = alert_member.c.gateway_id == gateway_id
    return [seen for _, seen in await _waiting(connection, mine, now, limit)]


async def note_published(connection: AsyncConnection, keys: Sequence[int], now: int) -> None:
    if keys:
        await connection.execute(
            update(acknowledgement).where(acknowledgement.c.id.in_(keys)).values(published_at=now)
        )


async def note_answered(connection: AsyncConnection, gateway_id: str, key: int, now: int) -> None:
    """This gateway has it, if it is about one of its alerts."""
    mine = select(alert_member.c.id).where(alert_member.c.gateway_id == gateway_id)
    await connection.execute(
        update(acknowledgement)
        .where(acknowledgement.c.id == key, acknowledgement.c.member_id.in_(mine))
        .values(answered_at=now)
    )


async def shelve(connection: AsyncConnection, row: AlertRow, by: str, until: int, now: int) -> None:
    """Put one alert away until a time. Raises Invalid for more than seven days, Conflict where it is over.

    Follow it with `cloud.alerting.tell.touch`: who is told is decided again, now and when it ends.
    """
    if not now < until <= now + SHELVED_AT_MOST_MS:
        raise Invalid("an alert is shelved for seven days at most, and not into the past")
    if not row.is_open:
        raise Conflict("this alert is over: there is nothing to shelve")
    await connection.execute(
        insert(shelving).values(
            organisation_id=row.organisation_id, alert_id=row.id, by=by, at=now, until=until
        )
    )


async def unshelve(connection: AsyncConnection, row: AlertRow, now: int) -> None:
    """It comes back now."""
    await connection.execute(
        update(shelving).where(shelving.c.alert_id == row.id, shelving.c.until > now).values(until=now)
    )


async def shelves(connection: AsyncConnection, organisation_id: int, now: int) -> list[Shelf]:
    """What is put away now, of the open alerts; of two for one alert both."""
    rows = await connection.execute(
        select(shelving.c.alert_id, shelving.c.by, shelving.c.at, shelving.c.until)
        .join(alert, alert.c.id == shelving.c.alert_id)
        .where(
            shelving.c.organisation_id == organisation_id, shelving.c.until > now, alert.c.ended_at.is_(None)
        )
        .order_by(shelving.c.until)
    )
    return [Shelf(*row) for row in rows]


async def shelvings_of(connection: AsyncConnection, alert_id: str) -> list[Shelf]:
    """Whenever it was put away, oldest first."""
    rows = await connection.execute(
        select(shelving.c.alert_id, shelving.c.by, shelving.c.at, shelving.c.until)
        .where(shelving.c.alert_id == alert_id)
        .order_by(shelving.c.at, shelving.c.id)
    )
    return [Shelf(*row) for row in rows]


async def _waiting(connection: AsyncConnection, which: Any, now: int, limit: int) -> list[tuple[str, Seen]]:
    rows = await connection.execute(
        select(acknowledgement, alert_member.c.gateway_id.label("judge"))
        .join(alert_member, alert_member.c.id == acknowledgement.c.member_id)
        .where(
            which,
            alert_member.c.gateway_id != "",
            acknowledgement.c.gateway_id == "",
            acknowledgement.c.answered_at.is_(None),
            acknowledgement.c.at > now - _SENT_WITHIN_MS,
            or_(alert_member.c.ended_at.is_(None), acknowledgement.c.published_at.is_(None)),
        )
        .order_by(acknowledgement.c.id)
        .limit(limit)
    )
    return [(row.judge, _seen(row)) for row in rows]


def _seen(row: Row[Any]) -> Seen:
    said = Acknowledgement(alert=row.member_id, counter=row.counter, by=row.by, at=row.at, until=row.until)
    return Seen(row.id, row.alert_id, row.gateway_id, row.note, said)
