"""Organisations and people."""

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.tables.people import person
from cloud.store.tables.schema import organisation

CONTACT = "contact"  # the role of who is told and does not sign in
NO_PASSWORD = ""  # instead of a hash: nothing that is typed fits

_PEOPLE = select(
    person.c.id,
    person.c.organisation_id,
    organisation.c.name.label("organisation"),
    person.c.name,
    person.c.role,
    person.c.password_hash,
).join(organisation, organisation.c.id == person.c.organisation_id)


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    organisation_id: int
    organisation: str
    name: str
    role: str
    password_hash: str


async def find(connection: AsyncConnection, name: str) -> PersonRow | None:
    """The person of this name; names are unique over all organisations, since they sign in by it alone."""
    row = (await connection.execute(_PEOPLE.where(person.c.name == name))).mappings().one_or_none()
    return None if row is None else PersonRow(**row)


async def add(
    connection: AsyncConnection, organisation_id: int, name: str, password_hash: str, role: str, now: int
) -> None:
    await connection.execute(
        insert(person).values(
            organisation_id=organisation_id, name=name, password_hash=password_hash, role=role, created_at=now
        )
    )


async def set_password(connection: AsyncConnection, person_id: int, password_hash: str) -> None:
    await connection.execute(
        update(person).where(person.c.id == person_id).values(password_hash=password_hash)
    )
