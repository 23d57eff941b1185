"""Signing in by name and password, at a pace that makes guessing hopeless; whose a session or token is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloud.errors import Invalid, NotSignedIn, TooMany
from cloud.identity import secrets
from cloud.store import people, sessions
from cloud.store.database import Database
from cloud.store.people import PersonRow
from cloud.store.sessions import Signed

SESSION_MS = 30 * 24 * 3_600_000
NAME_LIMIT = 128
PASSWORD_LIMIT = 1024
_SHORTEST_PASSWORD = 10

# The first mistakes are free; then each doubles the wait. A name that is not known counts alike.
_FREE_FAILURES = 4
_FIRST_WAIT_MS = 1_000
_LONGEST_WAIT_MS = 15 * 60_000
FORGET_FAILURES_MS = 24 * 3_600_000

_HASHES_AT_ONCE = 2  # 7 MiB each
_HASH_TIMEOUT_S = 10.0


class SignIn:
    """The door for people. One per process, for it bounds how many passwords are hashed at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def sign_in(self, name: str, password: str, now: int) -> tuple[Signed, str]:
        """Who it is, and the cookie of a new session. Raises NotSignedIn or TooMany."""
        name = name[:NAME_LIMIT]
        person = await self._checked(name, password, now)
        if person is None:
            raise NotSignedIn("name or password is wrong")
        cookie = secrets.make_secret()
        kept = secrets.digest(cookie)
        async with self._database.writing() as connection:
            await sessions.forget_failures(connection, name)
            await sessions.open_session(
                connection, kept, person.id, person.organisation_id, now, now + SESSION_MS
            )
        return (
            Signed(
                person_id=person.id,
                name=person.name,
                role=person.role,
                organisation_id=person.organisation_id,
                organisation=person.organisation,
                session=kept,
            ),
            cookie,
        )

    async def change_password(self, signed: Signed, old: str, new: str, now: int) -> None:
        """Every other session of the person ends. Raises as sign_in does, and Invalid for a weak one."""
        check_password(new, signed.name)
        if await self._checked(signed.name, old, now) is None:
            raise NotSignedIn("the old password is wrong")
        async with self._turn():
            kept = await secrets.hash_password(new)
        async with self._database.writing() as connection:
            await people.set_password(connection, signed.person_id, kept)
            await sessions.end_sessions(connection, signed.person_id, signed.session)

    async def _checked(self, name: str, password: str, now: int) -> PersonRow | None:
        """The person with this name and password; a mistake is counted. Raises TooMany."""
        async with self._database.reading() as connection:
            failures = await sessions.failures_of(connection, name)
            person = await people.find(connection, name)
        wait = wait_ms(failures.count) - (now - failures.last_at)
        if wait > 0:
            raise TooMany(f"too many wrong passwords; try again in {-(-wait // 1000)} s", wait / 1000)
        async with self._turn():
            if await secrets.is_password(password, person.password_hash if person else None):
                return person
        async with self._database.writing() as connection:
            await sessions.count_failure(connection, name, now)
        return None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of the few that hash at once. Raises TooMany."""
        try:
            async with asyncio.timeout(_HASH_TIMEOUT_S), self._hashing:
                yield
        except TimeoutError as error:
            raise TooMany("too many sign-ins at once; try again in a moment", _HASH_TIMEOUT_S) from error


def wait_ms(failures: int) -> int:
    """How long after the last of so many failures the next try may come."""
    if failures <= _FREE_FAILURES:
        return 0
    return int(min(_FIRST_WAIT_MS * 2 ** min(failures - _FREE_FAILURES - 1, 20), _LONGEST_WAIT_MS))


def check_password(password: str, name: str) -> None:
    """Raises Invalid for a password that is no good."""
    if not _SHORTEST_PASSWORD <= len(password) <= PASSWORD_LIMIT:
        raise Invalid(f"a password has {_SHORTEST_PASSWORD} to {PASSWORD_LIMIT} characters")
    if name and password.casefold() == name.casefold():
        raise Invalid("a password must not be the name")


async def who(database: Database, cookie: str | None, token: str | None, now: int) -> Signed:
    """The person behind a session's cookie or an API token. Raises NotSignedIn."""
    async with database.reading() as connection:
        if token:
            signed = await sessions.by_token(connection, secrets.digest(token), now)
        elif cookie:
            signed = await sessions.by_session(connection, secrets.digest(cookie), now)
        else:
            signed = None
    if signed is None:
        raise NotSignedIn("this token is not known or expired: make a new one" if token else "sign in first")
    if token:
        async with database.writing() as connection:
            await sessions.use_token(connection, secrets.digest(token), now)
    return signed
