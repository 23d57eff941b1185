"""The two databases behind one door: engines, read and write transactions, retries."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import msgspec
import structlog
from sqlalchemy import Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from cloud import faultpoint
from cloud.errors import Unready
from cloud.store.bulk import is_postgresql
from cloud.store.faults import is_transient
from protocol.backoff import delays

log = structlog.get_logger()
T = TypeVar("T")

_RETRIES = 5
_TRANSACTION_S = 30.0  # beyond it the database counts as out of reach
_ROLLBACK_S = 5.0
_IDLE_S = 1.0

_PG_SETTINGS = {
    "application_name": "evara-cloud",
    # A receipt is a promise: a commit that a crash can undo must not be one.
    "synchronous_commit": "on",
    "idle_in_transaction_session_timeout": "15000",  # ms; a frozen worker must not hold its locks for ever
    "lock_timeout": "10000",  # ms
    "statement_timeout": "60000",  # ms
}


class Database:
    """An engine and how transactions are made on it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writing = engine.execution_options(write=True)
        # SQLite has one writer: waiting here is fair and cheap, waiting in SQLite is neither.
        self._writer = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; one snapshot."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, of_readings: bool = False) -> AsyncIterator[AsyncConnection]:
        """A write transaction, committed at the end, rolled back by any exception.

        `of_readings`: its commit is one of the moments of cloud/faultpoint.py.
        """
        if self._writer is None:
            async with self._transaction(of_readings) as connection:
                yield connection
        else:
            async with self._writer, self._transaction(of_readings) as connection:
                yield connection

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]], of_readings: bool = False) -> T:
        """Run `work` in a write transaction; again, with jitter, after a deadlock or a like failure.

        `work` may run more than once and must not keep anything from a failed run.
        """
        waits = delays(first_s=0.02, longest_s=0.5)
        for _ in range(_RETRIES):
            try:
                async with self.writing(of_readings) as connection:
                    return await work(connection)
            except DBAPIError as error:
                if not is_transient(error):
                    raise
                log.warning("transaction retried", cause=str(error.orig)[:200])
            await asyncio.sleep(next(waits))
        async with self.writing(of_readings) as connection:
            return await work(connection)

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def _transaction(self, of_readings: bool) -> AsyncIterator[AsyncConnection]:
        # A driver may wait for ever for a server that was killed in mid-word.
        async with asyncio.timeout(_TRANSACTION_S), self._writing.connect() as connection:
            transaction = await connection.begin()
            try:
                yield connection
            except BaseException:
                # A lost connection can't roll back: the server undoes what it was lost in.
                with suppress(DBAPIError, OSError, TimeoutError):
                    async with asyncio.timeout(_ROLLBACK_S):
                        await transaction.rollback()
                raise
            if not of_readings:
                await transaction.commit()
                return
            faultpoint.reach("before_commit")
            await faultpoint.while_sent("commit_sent", transaction.commit())
            faultpoint.reach("committed")


async def open_database(url: str, pool: int = 10) -> Database:
    """Connect, and check that a commit is durable. Raises Unready with the next step."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(
            parsed.set(drivername="sqlite+aiosqlite"),
            connect_args={"timeout": 15},
            pool_size=pool,
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    elif parsed.get_backend_name() == "postgresql":
        engine = create_async_engine(
            parsed.set(drivername="postgresql+asyncpg"),
            pool_size=pool,
            max_overflow=5,
            pool_timeout=10,
            connect_args={"timeout": 10, "command_timeout": 60, "server_settings": _PG_SETTINGS},
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
        )
        event.listen(engine.sync_engine, "checkout", _check_connection)
        event.listen(engine.sync_engine, "checkin", _note_use)
    else:
        raise Unready(
            f"EVARA_DATABASE: {parsed.get_backend_name()} is not supported; use sqlite or postgresql"
        )
    database = Database(engine)
    try:
        await _check_durability(database)
    except (DBAPIError, OSError) as error:
        await database.close()
        where = parsed.render_as_string(hide_password=True)
        raise Unready(
            f"the database {where} can't be opened: {error}; check that it runs and the URL"
        ) from error
    except BaseException:
        await database.close()
        raise
    return database


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that may say what is done on a conflict: SQLAlchemy has one for each database."""
    return postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)


async def insert_new(connection: AsyncConnection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet; nothing happens without rows."""
    listed = list(rows)
    if listed:
        await connection.execute(insert_into(connection, table).on_conflict_do_nothing(), listed)


def _to_json(value: object) -> str:
    """NaN becomes null: PostgreSQL takes no NaN in JSON."""
    return msgspec.json.encode(value).decode()


async def _check_durability(database: Database) -> None:
    async with database.reading() as connection:
        if database.is_sqlite:
            mode = await _set_wal(connection)
            full = (await connection.exec_driver_sql("PRAGMA synchronous")).scalar()
            if mode != "wal" or full != 2:
                raise Unready(
                    f"SQLite gave journal_mode={mode}, synchronous={full} instead of wal and 2 (FULL): "
                    "put the data directory on a local file system"
                )
        else:
            for setting in ("synchronous_commit", "fsync", "full_page_writes"):
                if (await connection.execute(text(f"SHOW {setting}"))).scalar() == "off":
                    raise Unready(f"PostgreSQL runs with {setting}=off: a receipt would not survive a crash")


async def _set_wal(connection: AsyncConnection) -> str:
    """The journal mode after asking for WAL; it stays in the file.

    SQLite does not wait for others here, whatever its timeout: two processes may be at a new file at once.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    waits = delays(first_s=0.02, longest_s=0.5)
    async with asyncio.timeout(_TRANSACTION_S):
        while True:
            try:
                (mode,) = await (await driver.execute("PRAGMA journal_mode=WAL")).fetchone()
                return str(mode)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
            await asyncio.sleep(next(waits))


def _check_connection(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """An idle connection may be dead; of one used a moment ago that needs no round trip to tell."""
    if time.monotonic() - record.info.get("used_at", 0.0) < _IDLE_S:
        return
    try:
        connection.ping()
    except connection.dbapi.Error as error:
        raise DisconnectionError(str(error)) from error


def _note_use(_: Any, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # SQLAlchemy's own BEGIN is used (below), not the driver's.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "cache_size=-8000",
        "journal_size_limit=67108864",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
