"""What signs a person in without the password: sessions and API tokens; and failed sign-ins."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Row, Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.database import insert_into
from cloud.store.tables.people import api_token, person, session, sign_in_failure
from cloud.store.tables.schema import organisation

_HOUR_MS = 3_600_000


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, and by what."""

    person_id: int
    name: str
    role: str
    organisation_id: int
    organisation: str
    session: str | None  # digest; None: an API token, which only reads


class Failures(msgspec.Struct, frozen=True):
    count: int
    last_at: int


async def open_session(
    connection: AsyncConnection, digest: str, person_id: int, organisation_id: int, now: int, expires_at: int
) -> None:
    await connection.execute(
        insert(session).values(
            digest=digest,
            person_id=person_id,
            organisation_id=organisation_id,
            created_at=now,
            expires_at=expires_at,
        )
    )


async def by_session(connection: AsyncConnection, digest: str, now: int) -> Signed | None:
    found = await connection.execute(
        _signed(session.c.digest.label("session"))
        .join(session, session.c.person_id == person.c.id)
        .where(session.c.digest == digest, session.c.expires_at > now)
    )
    row = found.mappings().one_or_none()
    return None if row is None else Signed(**row)


async def by_token(connection: AsyncConnection, digest: str, now: int) -> Signed | None:
    found = await connection.execute(
        _signed()
        .join(api_token, api_token.c.person_id == person.c.id)
        .where(
            api_token.c.digest == digest, or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > now)
        )
    )
    row = found.mappings().one_or_none()
    return None if row is None else Signed(**row, session=None)


async def end_session(connection: AsyncConnection, digest: str) -> None:
    await connection.execute(delete(session).where(session.c.digest == digest))


async def end_sessions(connection: AsyncConnection, person_id: int, keep: str | None = None) -> None:
    """All sessions of a person but one."""
    await connection.execute(
        delete(session).where(session.c.person_id == person_id, session.c.digest != (keep or ""))
    )


async def delete_expired(connection: AsyncConnection, now: int, failures_before: int) -> int:
    """Sessions that are over and failures nobody waits for any more; how many."""
    gone = await connection.execute(delete(session).where(session.c.expires_at <= now))
    stale = await connection.execute(
        delete(sign_in_failure).where(sign_in_failure.c.last_at < failures_before)
    )
    return gone.rowcount + stale.rowcount


async def add_token(
    connection: AsyncConnection,
    organisation_id: int,
    person_id: int,
    name: str,
    digest: str,
    now: int,
    expires_at: int | None,
) -> int:
    made = await connection.execute(
        insert(api_token)
        .values(
            organisation_id=organisation_id,
            person_id=person_id,
            name=name,
            digest=digest,
            created_at=now,
            expires_at=expires_at,
        )
        .returning(api_token.c.id)
    )
    new: int = made.scalar_one()
    return new


async def tokens_of(
    connection: AsyncConnection, organisation_id: int, person_id: int
) -> Sequence[Row[int, str, int, int | None]]:
    """id, name, created_at, expires_at of a person's tokens, oldest first."""
    found = await connection.execute(
        select(api_token.c.id, api_token.c.name, api_token.c.created_at, api_token.c.expires_at)
        .where(api_token.c.organisation_id == organisation_id, api_token.c.person_id == person_id)
        .order_by(api_token.c.id)
    )
    return found.all()


async def delete_token(
    connection: AsyncConnection, organisation_id: int, person_id: int, token_id: int
) -> bool:
    """Whether there was such a token."""
    gone = await connection.execute(
        delete(api_token).where(
            api_token.c.organisation_id == organisation_id,
            api_token.c.person_id == person_id,
            api_token.c.id == token_id,
        )
    )
    return gone.rowcount > 0


async def use_token(connection: AsyncConnection, digest: str, now: int) -> None:
    """Notes the hour of its use."""
    hour = now - now % _HOUR_MS
    await connection.execute(
        update(api_token)
        .where(
            api_token.c.digest == digest,
            or_(api_token.c.last_used_at.is_(None), api_token.c.last_used_at < hour),
        )
        .values(last_used_at=hour)
    )


async def failures_of(connection: AsyncConnection, name: str) -> Failures:
    found = await connection.execute(
        select(sign_in_failure.c.count, sign_in_failure.c.last_at).where(sign_in_failure.c.name == name)
    )
    row = found.one_or_none()
    return Failures(0, 0) if row is None else Failures(*row)


async def count_failure(connection: AsyncConnection, name: str, now: int) -> None:
    row = insert_into(connection, sign_in_failure).values(name=name, count=1, last_at=now)
    await connection.execute(
        row.on_conflict_do_update(
            index_elements=["name"], set_={"count": sign_in_failure.c.count + 1, "last_at": now}
        )
    )


async def forget_failures(connection: AsyncConnection, name: str) -> None:
    await connection.execute(delete(sign_in_failure).where(sign_in_failure.c.name == name))


def _signed(*more: object) -> Select[tuple[object, ...]]:
    return select(
        person.c.id.label("person_id"),
        person.c.name,
        person.c.role,
        person.c.organisation_id,
        organisation.c.name.label("organisation"),
        *more,
    ).join(organisation, organisation.c.id == person.c.organisation_id)
