"""Many rows in one statement. PostgreSQL takes them as COPY or as one array a column: then the statement's
text, and so its plan, is the same for any number of rows. SQLite takes them one by one, at no such cost.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, Table, Text, any_, bindparam, cast
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import faultpoint

Tuples = Iterable[tuple[Any, ...]]
Rows = Sequence[tuple[Any, ...]]

_POSTGRESQL = asyncpg_dialect()  # type: ignore[no-untyped-call]


def is_postgresql(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"


async def rows_among(
    connection: AsyncConnection, statement: Select[Any], keys: Mapping[str, Collection[Any]]
) -> Sequence[Any]:
    """The rows of a constant `statement` whose columns, by name, are among these keys."""
    if is_postgresql(connection):
        arguments = [
            array_text(some) if _is_number(statement.selected_columns[name]) else list(some)
            for name, some in keys.items()
        ]
        return await _fetch(connection, _with_arrays(statement, tuple(keys)), arguments)
    conditions = [statement.selected_columns[name].in_(some) for name, some in keys.items()]
    rows: Sequence[Any] = (await connection.execute(statement.where(*conditions))).all()
    return rows


def array_text(numbers: Iterable[float | None]) -> str:
    """A PostgreSQL array of numbers as text: asyncpg asks of every element of a list whether it is a list."""
    return "{" + repr(list(numbers))[1:-1].replace("None", "NULL") + "}"


async def copy(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert many rows inside the running transaction: COPY on PostgreSQL, executemany on SQLite.

    `rows` had better be made as they are read: thousands of tuples at once wake the garbage collector.
    """
    for part in _halves(rows) if faultpoint.ARMED else (rows,):
        if is_postgresql(connection):
            await _copy_in(connection, table.name, columns, part)
        else:
            names, places = ", ".join(columns), ", ".join("?" * len(columns))
            await connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({names}) VALUES ({places})",  # noqa: S608
                list(part),
            )
        faultpoint.reach("copy_half")
    faultpoint.reach("copy_done")


def _halves(rows: Iterable[tuple[Any, ...]]) -> list[Rows]:
    listed = list(rows)
    half = (len(listed) + 1) // 2
    return [part for part in (listed[:half], listed[half:]) if part]


async def insert(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Rows, conflict: str = "NOTHING"
) -> None:
    """Insert many rows; those whose key is there are left out, or treated as `conflict` says."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    if is_postgresql(connection):
        source = f"SELECT * FROM {_arrays(table, tuple(columns))}"  # noqa: S608
    else:
        source = f"VALUES ({', '.join('?' * len(columns))})"
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    await _run(
        connection,
        f"INSERT INTO {table.name} ({names}) {source} ON CONFLICT ({key}) DO {conflict}",
        table,
        columns,
        rows,
    )


async def update(
    connection: AsyncConnection, table: Table, keys: Sequence[str], columns: Sequence[str], rows: Rows
) -> None:
    """Update many rows by key; each row is the values of `keys`, then those of `columns`."""
    if not rows:
        return
    if is_postgresql(connection):
        names = ", ".join(f'"{name}"' for name in (*keys, *columns))
        assignments = ", ".join(f'"{name}" = n."{name}"' for name in columns)
        match = " AND ".join(f't."{name}" = n."{name}"' for name in keys)
        source = _arrays(table, (*keys, *columns))
        statement = f"UPDATE {table.name} t SET {assignments} FROM {source} AS n ({names}) WHERE {match}"  # noqa: S608
    else:
        offset = len(keys)
        assignments = ", ".join(f'"{name}" = ?{i + offset + 1}' for i, name in enumerate(columns))
        match = " AND ".join(f'"{name}" = ?{i + 1}' for i, name in enumerate(keys))
        statement = f"UPDATE {table.name} SET {assignments} WHERE {match}"  # noqa: S608
    await _run(connection, statement, table, [*keys, *columns], rows)


@cache
def _with_arrays(statement: Select[Any], names: tuple[str, ...]) -> str:
    conditions = []
    for name in names:
        column = statement.selected_columns[name]
        array = postgresql.ARRAY(column.type)
        given = bindparam(name, type_=Text if _is_number(column) else array)
        conditions.append(column == any_(cast(given, array)))
    return str(statement.where(*conditions).compile(dialect=_POSTGRESQL))


@cache
def _arrays(table: Table, columns: tuple[str, ...]) -> str:
    kinds = [
        ("text::" if _is_number(table.c[name]) else "") + table.c[name].type.compile(dialect=_POSTGRESQL)
        for name in columns
    ]
    return f"unnest({', '.join(f'${i + 1}::{kind}[]' for i, kind in enumerate(kinds))})"


def _is_number(column: ColumnElement[Any]) -> bool:
    return isinstance(column.type, Integer | Float)


async def _run(
    connection: AsyncConnection, statement: str, table: Table, columns: Sequence[str], rows: Rows
) -> None:
    if not is_postgresql(connection):
        await connection.exec_driver_sql(statement, list(rows))
        return
    arrays = zip(columns, zip(*rows, strict=True), strict=True)
    arguments = [array_text(values) if _is_number(table.c[name]) else list(values) for name, values in arrays]
    await _fetch(connection, statement, arguments)


async def _fetch(connection: AsyncConnection, statement: str, arguments: Sequence[Any]) -> Sequence[Any]:
    """Past SQLAlchemy, whose way to asyncpg and back costs more than the statement."""
    with _translated(connection, statement):
        return await (await _driver(connection)).fetch(statement, *arguments)  # type: ignore[no-any-return]


async def _copy_in(connection: AsyncConnection, table: str, columns: Sequence[str], rows: Tuples) -> None:
    with _translated(connection, f"COPY {table}"):
        await (await _driver(connection)).copy_records_to_table(table, records=rows, columns=columns)


async def _driver(connection: AsyncConnection) -> Any:
    """asyncpg's connection, in the running transaction: SQLAlchemy begins it with its own first statement."""
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if not driver.is_in_transaction():  # type: ignore[union-attr]
        await connection.exec_driver_sql("SELECT 1")
    return driver


@contextmanager
def _translated(connection: AsyncConnection, statement: str) -> Iterator[None]:
    """asyncpg's errors as SQLAlchemy's."""
    errors = connection.dialect.dbapi.asyncpg  # type: ignore[union-attr]
    try:
        yield
    except (errors.PostgresError, errors.DataError) as error:
        raise DBAPIError(statement, None, error) from error
    # The latter: a connection that broke while something was under way on it.
    except (errors.InterfaceError, errors.InternalClientError) as error:
        raise DBAPIError(statement, None, error, connection_invalidated=True) from error
