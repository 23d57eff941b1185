"""Many rows in one statement. PostgreSQL takes them as COPY or as one array a column: then the statement's
text, and so its plan, is the same for any number of rows. SQLite takes them one by one, at no such cost.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Float, Integer, Table, Text, any_, cast, literal
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import faultpoint

Tuples = Iterable[tuple[Any, ...]]
Rows = Sequence[tuple[Any, ...]]

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def is_postgresql(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"


def among(connection: AsyncConnection, column: Column[Any], keys: Collection[Any]) -> ColumnElement[bool]:
    """`column IN keys`."""
    if not is_postgresql(connection):
        return column.in_(keys)
    array = postgresql.ARRAY(column.type)
    if isinstance(column.type, Integer):
        return column == any_(cast(cast(literal(array_text(keys), Text), Text), array))
    return column == any_(literal(list(keys), array))


def array_text(numbers: Iterable[float | None]) -> str:
    """A PostgreSQL array of numbers as text: asyncpg asks of every element of a list whether it is a list."""
    return "{" + ",".join(["NULL" if number is None else repr(number) for number in numbers]) + "}"


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
        source = f"SELECT * FROM {_arrays(table, columns)}"  # noqa: S608
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
        source = _arrays(table, [*keys, *columns])
        statement = f"UPDATE {table.name} t SET {assignments} FROM {source} AS n ({names}) WHERE {match}"  # noqa: S608
    else:
        offset = len(keys)
        assignments = ", ".join(f'"{name}" = ?{i + offset + 1}' for i, name in enumerate(columns))
        match = " AND ".join(f'"{name}" = ?{i + 1}' for i, name in enumerate(keys))
        statement = f"UPDATE {table.name} SET {assignments} WHERE {match}"  # noqa: S608
    await _run(connection, statement, table, [*keys, *columns], rows)


def _arrays(table: Table, columns: Sequence[str]) -> str:
    kinds = [
        ("text::" if _is_number(table, name) else "") + table.c[name].type.compile(dialect=_POSTGRESQL)
        for name in columns
    ]
    return f"unnest({', '.join(f'${i + 1}::{kind}[]' for i, kind in enumerate(kinds))})"


def _is_number(table: Table, column: str) -> bool:
    return isinstance(table.c[column].type, Integer | Float)


async def _run(
    connection: AsyncConnection, statement: str, table: Table, columns: Sequence[str], rows: Rows
) -> None:
    if not is_postgresql(connection):
        await connection.exec_driver_sql(statement, list(rows))
        return
    arrays = zip(columns, zip(*rows, strict=True), strict=True)
    parameters = [array_text(values) if _is_number(table, name) else list(values) for name, values in arrays]
    await connection.exec_driver_sql(statement, tuple(parameters))


async def _copy_in(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """SQLAlchemy knows no COPY, so asyncpg's errors are turned into its kind here.

    The transaction must have run a statement before: SQLAlchemy begins it with the first one.
    """
    raw = await connection.get_raw_connection()
    errors = connection.dialect.dbapi.asyncpg  # type: ignore[union-attr]
    try:
        await raw.driver_connection.copy_records_to_table(table, records=rows, columns=columns)  # type: ignore[union-attr]
    except (errors.PostgresError, errors.DataError) as error:
        raise DBAPIError(f"COPY {table}", None, error) from error
    except errors.InterfaceError as error:
        raise DBAPIError(f"COPY {table}", None, error, connection_invalidated=True) from error
