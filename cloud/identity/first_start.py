"""What an empty database gets: an organisation, and an administrator whose password lies in a file."""

from pathlib import Path

import structlog
from sqlalchemy import text

from cloud.errors import NotFound, Unready
from cloud.identity import secrets
from cloud.identity.sign_in import check_password
from cloud.store import people, sessions, sites
from cloud.store.database import Database

log = structlog.get_logger()

ADMINISTRATOR = "admin"


async def ensure_administrator(database: Database, data_dir: Path, now: int) -> int:
    """Makes the first organisation and its administrator where there are none; the organisation's id."""
    async with database.writing() as connection:
        if not database.is_sqlite:
            # Several processes may start at once on an empty database; SQLite has one writer anyway.
            await connection.execute(text("LOCK TABLE organisation IN SHARE ROW EXCLUSIVE MODE"))
        organisation = await sites.first_organisation(connection, now)
        if await people.find(connection, ADMINISTRATOR):
            return organisation
        password = secrets.make_secret()
        kept = await secrets.hash_password(password)
        await people.add(connection, organisation, ADMINISTRATOR, kept, "administrator", now)
        # Before the commit: rather a file without an account than an account nobody can enter.
        file = data_dir / "admin-password"
        _write(file, password)
    log.info(f"administrator made: sign in as {ADMINISTRATOR} with the password in {file.absolute()}")
    return organisation


async def set_password(database: Database, name: str, password: str) -> None:
    """A new password for who has lost the old one; all sessions end."""
    check_password(password, name)
    kept = await secrets.hash_password(password)
    async with database.writing() as connection:
        person = await people.find(connection, name)
        if person is None:
            raise NotFound(f"there is nobody named {name}")
        await people.set_password(connection, person.id, kept)
        await sessions.end_sessions(connection, person.id)
        await sessions.forget_failures(connection, name)


def _write(file: Path, password: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(password + "\n")
    except OSError as error:
        raise Unready(f"{file} can't be written: {error.strerror}; correct EVARA_DATA_DIR") from error
