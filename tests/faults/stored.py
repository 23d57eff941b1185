"""What the database holds, read with its own driver and plain SQL: nothing of the cloud's code is asked."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]  # it has no types
import msgspec

T = TypeVar("T")
Value = float | None
Ask = Callable[[str], Awaitable[Sequence[Sequence[Any]]]]

_NAMED = "JOIN point p ON p.id = t.point_id JOIN device d ON d.id = p.device_id"
_READINGS = f"SELECT d.name || '/' || p.metric, t.at, t.value FROM reading t {_NAMED}"  # noqa: S608
_LATEST = f"SELECT d.name || '/' || p.metric, t.at, t.value FROM latest t {_NAMED}"  # noqa: S608
_ASIDE = f"SELECT d.name || '/' || p.metric, t.at, t.value FROM conflicting t {_NAMED}"  # noqa: S608
_BUCKETS = f"SELECT d.name || '/' || p.metric, t.since, t.count, t.sum FROM bucket t {_NAMED}"  # noqa: S608
_REJECTED = "SELECT gateway_id, epoch, number, place, code FROM rejected"
_LEDGER = "SELECT gateway_id, epoch, mark, above FROM ledger"
_LOSSES = "SELECT gateway_id, id FROM loss"
_TRANSITIONS = "SELECT gateway_id, id FROM transition"
_UNDECODABLE = "SELECT gateway_id, digest, cause FROM undecodable"
_DIRTY = f"SELECT d.name || '/' || p.metric, t.since FROM dirty_bucket t {_NAMED}"  # noqa: S608


class Stored(msgspec.Struct, array_like=True):
    """One look at the database."""

    readings: list[tuple[str, int, Value]]  # device/metric, at, value
    latest: list[tuple[str, int | None, Value]]
    aside: list[tuple[str, int, Value]]
    buckets: list[tuple[str, int, int, float]]  # device/metric, start, count, sum
    rejected: list[tuple[str, str, int, int, str]]  # gateway, epoch, number, place, code
    ledger: list[tuple[str, str, int, bytes]]  # gateway, epoch, mark, numbers above it of 8 bytes
    losses: list[tuple[str, str]]  # gateway, id
    transitions: list[tuple[str, str]]  # gateway, id
    undecodable: list[tuple[str, str, str]]  # gateway, digest, cause
    dirty: list[tuple[str, int]]  # device/metric, start: buckets that are not counted yet


async def look(url: str) -> Stored:
    """Everything, in one snapshot."""
    return await _with(url, False, _everything)


async def look_at_readings(url: str, crashed: bool) -> list[tuple[str, int, Value]]:
    """The readings alone: what a crash is judged by. `crashed`: no process has the database open."""
    return await _with(url, crashed, _rows_of(_READINGS))


async def query(url: str, text: str) -> list[tuple[Any, ...]]:
    """One query of a case's own."""
    return await _with(url, False, _rows_of(text))


async def count_dirty(url: str, before: int) -> int:
    """Buckets that began before then and are not counted yet."""
    rows = await query(url, f"SELECT count(*) FROM dirty_bucket WHERE since < {before:d}")  # noqa: S608
    return int(rows[0][0])


def _rows_of(text: str) -> Callable[[Ask], Awaitable[list[tuple[Any, ...]]]]:
    async def work(ask: Ask) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await ask(text)]

    return work


async def _everything(ask: Ask) -> Stored:
    tables = (
        _READINGS, _LATEST, _ASIDE, _BUCKETS, _REJECTED, _LEDGER, _LOSSES, _TRANSITIONS, _UNDECODABLE, _DIRTY
    )  # fmt: skip
    return msgspec.convert([[tuple(row) for row in await ask(query)] for query in tables], Stored)


async def _with(url: str, crashed: bool, work: Callable[[Ask], Awaitable[T]]) -> T:
    if url.startswith("sqlite"):
        return await _with_sqlite(Path(urlsplit(url).path.removeprefix("/")), crashed, work)
    connection = await asyncpg.connect(url, timeout=20)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await work(connection.fetch)
    finally:
        await connection.close(timeout=5)


async def _with_sqlite(path: Path, crashed: bool, work: Callable[[Ask], Awaitable[T]]) -> T:
    with tempfile.TemporaryDirectory() as place:
        source = f"file:{path}?mode=ro"
        if crashed:
            # Opening the file itself would repair it, and hide what the crash left.
            source = f"file:{_copy(path, Path(place))}"
        connection = sqlite3.connect(source, uri=True, check_same_thread=False, timeout=20)
        try:

            async def ask(query: str) -> Sequence[Sequence[Any]]:
                return await asyncio.to_thread(lambda: connection.execute(query).fetchall())

            await ask("BEGIN")
            return await work(ask)
        finally:
            connection.close()


def _copy(path: Path, place: Path) -> Path:
    """The file and its log; the index beside them is made anew."""
    for suffix in ("", "-wal"):
        if Path(f"{path}{suffix}").exists():
            shutil.copyfile(f"{path}{suffix}", f"{place}/copy.db{suffix}")
    return place / "copy.db"
