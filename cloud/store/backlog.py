"""What somebody waits for whom a channel could not reach, and the digest that speaks for some."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.deliveries import WAITING
from cloud.store.notifications import Notification
from cloud.store.tables.notifying import attempt, notification

CATCH_UP = "catch_up"  # the occasion of a digest of what was missed
_PEOPLE_LIMIT = 100  # looked after at once
_LIMIT = 2_000  # notifications of one of them

_n = notification.c


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that waits, or was superseded by a digest that waits itself."""

    id: int
    organisation_id: int
    alert_id: str | None
    counter: int
    occasion: str
    is_over: bool
    severity: str
    subject: str
    language: str
    state: str
    carried_by: int | None
    created_at: int
    expires_at: int


async def left_waiting(connection: AsyncConnection, channel: str, before: int) -> list[tuple[int, str]]:
    """Person and address of those whom something has not reached that was due before then."""
    was_tried = exists().where(attempt.c.notification_id == _n.id, attempt.c.at <= before)
    rows = await connection.execute(
        select(_n.person_id, _n.address)
        .where(
            _n.channel == channel,
            _n.carried_by.is_(None),
            or_(and_(_n.state == "queued", _n.due_at <= before), and_(_n.state == "retry", was_tried)),
        )
        .distinct()
        .limit(_PEOPLE_LIMIT)
    )
    return [(row.person_id, row.address) for row in rows]


async def waiting_for(connection: AsyncConnection, channel: str, person_id: int, address: str) -> list[Left]:
    """All that waits for them, and what a digest speaks for that waits itself; oldest first, locked."""
    whose = and_(_n.channel == channel, _n.person_id == person_id, _n.address == address)
    is_waiting = and_(whose, _n.state.in_(WAITING))
    digests = select(_n.id).where(is_waiting, _n.occasion == CATCH_UP).scalar_subquery()
    rows = await connection.execute(
        select(notification)
        .where(
            or_(
                and_(is_waiting, or_(_n.due_at.is_not(None), _n.carried_by.is_not(None))),
                and_(whose, _n.state == "superseded", _n.carried_by.in_(digests)),
            )
        )
        .order_by(_n.created_at, _n.id)
        .limit(_LIMIT)
        .with_for_update()
    )
    return [msgspec.convert(row, Left, from_attributes=True) for row in rows]


async def apply(
    connection: AsyncConnection,
    speakers: Mapping[int, int],
    by_digest: Collection[int],
    digest: Notification | None,
) -> int:
    """Supersede: of each, the message that speaks for it, or the digest, which is added; how many."""
    chosen = dict(speakers)
    if digest is not None:
        row = {name: value for name, value in msgspec.structs.asdict(digest).items() if name != "id"}
        key = (await connection.execute(insert(notification).values(row).returning(_n.id))).scalar_one()
        chosen |= dict.fromkeys(by_digest, key)
    for one, speaker in chosen.items():
        await connection.execute(
            update(notification)
            .where(_n.id == one, _n.state.in_((*WAITING, "superseded")))
            .values(state="superseded", carried_by=speaker)
        )
    return len(chosen)
