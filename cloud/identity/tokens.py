"""API tokens: a person's programs read by them what the person may read."""

from cloud.errors import Invalid, NotFound
from cloud.identity import secrets
from cloud.store import sessions
from cloud.store.database import Database
from cloud.store.sessions import Signed

_TOKENS_LIMIT = 100  # a person


async def make_token(
    database: Database, signed: Signed, name: str, expires_at: int | None, now: int
) -> tuple[int, str]:
    """Id and text of a new API token; the text is shown this once."""
    if expires_at is not None and expires_at <= now:
        raise Invalid("expires_at lies in the past; leave it out for a token that does not expire")
    token = "evara_" + secrets.make_secret()
    async with database.writing() as connection:
        there = await sessions.tokens_of(connection, signed.organisation_id, signed.person_id)
        if len(there) >= _TOKENS_LIMIT:
            raise Invalid(f"you have {_TOKENS_LIMIT} tokens; delete one that is not used any more")
        made = await sessions.add_token(
            connection,
            signed.organisation_id,
            signed.person_id,
            name,
            secrets.digest(token),
            now,
            expires_at,
        )
    return made, token


async def delete_token(database: Database, signed: Signed, token_id: int) -> None:
    async with database.writing() as connection:
        if not await sessions.delete_token(connection, signed.organisation_id, signed.person_id, token_id):
            raise NotFound(f"you have no token {token_id}")
