"""The outbox's file: its lock, its pragmas, its schema version, and what is remembered of it in memory."""

import fcntl
import os
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import suppress
from importlib import resources
from pathlib import Path

from edge_agent import clock
from edge_agent.outbox.errors import OutboxError
from protocol.reading import FUTURE_MS

VERSION = 2
_SCHEMAS = ("schema.sql", "schema_2.sql")  # what makes each version of the one before
_APPLICATION = 0x45564152  # "EVAR": tells an outbox from any other SQLite file

# A commit of a few readings writes two pages; small ones halve what a flash card has to take.
_PAGE_BYTES = 1024
WAL_PAGES = 1000  # before the log is written back: a page changed a hundred times is then written once


class Database:
    """The open file. All but `sql` and `path` is a memory of committed rows: `recall` after a rollback."""

    def __init__(self, path: Path, sql: sqlite3.Connection, now: Callable[[], int]) -> None:
        self.path = path
        self.sql = sql
        self.now = now
        self.recalls = 0  # others that remember rows see by it that theirs may never have been
        self.has_news = False  # transitions or losses were added since the writer looked
        self.recall()

    def recall(self) -> None:
        """Read what is remembered from the file."""
        self.recalls += 1
        self.points: dict[str, int] = dict(self.sql.execute("SELECT name, id FROM point"))
        self.boots: dict[str, int] = dict(self.sql.execute("SELECT name, id FROM boot"))
        self.border = self.counter("border")
        self.noted = self.counter("noted")
        (newest,) = self.sql.execute("SELECT max(seq) FROM reading").fetchone()
        # Above the border also when nothing is there: a number used again would make new readings backlog.
        self.next_seq: int = max(newest or 0, self.border, self.noted) + 1
        self.unsealed: int | None = None  # readings in `reading`; None: not counted yet
        self.backlog: int | None = None  # of these, up to the border
        self.epoch: str  # that new batches are sealed in
        self.epoch_id: int
        self.epoch_id, self.epoch = self.sql.execute(
            "SELECT id, name FROM epoch ORDER BY id DESC LIMIT 1"
        ).fetchone()
        # (at, value, quality) by point id, of readings above `noted`.
        self.newest: dict[int, tuple[int, float | None, int]] = {}
        now = self.now()
        for point, at, value, quality in self.sql.execute(
            "SELECT point, at, value, quality FROM reading WHERE seq > ?", (self.noted,)
        ):
            self.see(point, at, value, quality, now)

    def see(self, point: int, at: int, value: float | None, quality: int, now: int) -> None:
        """Remember a reading if it is its point's newest. One from the future never is; what was taken for
        the newest by a clock that has been set back since gives way.
        """
        known = self.newest.get(point)
        if at <= now + FUTURE_MS and (known is None or not at < known[0] <= now + FUTURE_MS):
            self.newest[point] = at, value, quality

    def counter(self, name: str) -> int:
        (value,) = self.sql.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
        return int(value)

    def set_counter(self, name: str, value: int) -> None:
        self.sql.execute("UPDATE counter SET value = ? WHERE name = ?", (value, name))

    def boot(self) -> int:
        """The row of this boot."""
        name = clock.boot_id()
        if name not in self.boots:
            self.boots[name] = self.sql.execute(
                "INSERT INTO boot (name) VALUES (?) RETURNING id", (name,)
            ).fetchone()[0]
        return self.boots[name]

    def begin_epoch(self, now: int) -> None:
        """New batches count from 1 under a new name."""
        self.epoch = str(uuid.uuid4())
        self.epoch_id = self.sql.execute(
            "INSERT INTO epoch (name, began_at, next_number) VALUES (?, ?, 1) RETURNING id", (self.epoch, now)
        ).fetchone()[0]


def lock(path: Path) -> tuple[Path, int]:
    """The file's true name, so that two links to it find one lock, and the descriptor that is the lock.

    It keeps a second agent out and ends with this process, however that ends. Readers need no lock.
    """
    path = path.resolve()
    beside = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OutboxError(
            f"{beside} cannot be opened: {error.strerror}; "
            f"give the agent's user a directory it may write to, or set [outbox] path"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise OutboxError(
            f"{path} is in use by another agent (process {holder or 'unknown'}): "
            f"stop that one, or give this one its own [outbox] path"
        ) from error
    with suppress(OSError):  # a full disk: the number is only for the sentence above
        os.pwrite(descriptor, f"{os.getpid():<20}".encode("ascii"), 0)
    return path, descriptor


def open_file(path: Path, now: Callable[[], int]) -> Database:
    """Open or make the file. Only under its lock. On a full disk the ballast makes room for the log."""
    try:
        return _open(path, now)
    except OutboxError:
        ballast = ballast_of(path)
        if not ballast.exists():
            raise
        ballast.unlink()
        return _open(path, now)


def ballast_of(path: Path) -> Path:
    return path.with_name(path.name + ".ballast")


def _open(path: Path, now: Callable[[], int]) -> Database:
    try:
        sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
        try:
            _prepare(path, sql, now())
            return Database(path, sql, now)
        except BaseException:
            sql.close()
            raise
    except sqlite3.Error as error:
        raise OutboxError(f"{path} cannot be opened as an outbox: {error}; {_next_step(error)}") from error


def check_version(path: Path, sql: sqlite3.Connection) -> bool:
    """Whether the file has a schema; raises OutboxError for one that is not ours or too new."""
    (application,) = sql.execute("PRAGMA application_id").fetchone()
    version = _version(sql)
    (tables,) = sql.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables == 0 and application in (0, _APPLICATION):
        return False
    if application != _APPLICATION:
        raise OutboxError(
            f"{path} is no outbox but some other database: set [outbox] path to a file of its own"
        )
    if version > VERSION:
        raise OutboxError(
            f"{path} was written by a newer evara-agent (schema {version}, this program knows {VERSION}): "
            f"install that version again; what is unsent is kept"
        )
    return True


def is_full(error: sqlite3.Error) -> bool:
    """The disk or a quota is full; growing the shared memory of the log reports it in its own way."""
    return error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)


def _prepare(path: Path, sql: sqlite3.Connection, now: int) -> None:
    exists = check_version(path, sql)
    if not exists:
        sql.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    (mode,) = sql.execute("PRAGMA journal_mode = WAL").fetchone()
    sql.execute("PRAGMA synchronous = FULL")
    (level,) = sql.execute("PRAGMA synchronous").fetchone()
    if (mode, level) != ("wal", 2):
        raise OutboxError(
            f"{path} cannot be made safe against a power cut (journal {mode}, synchronous {level}): "
            f"put it on a local file system"
        )
    sql.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    sql.execute("PRAGMA foreign_keys = OFF")
    if not exists:
        values = f"('{uuid.uuid4()}', {int(now)}, 1)"
        first = f"INSERT INTO epoch (name, began_at, next_number) VALUES {values};"  # noqa: S608  our own
        _upgrade(sql, 0, f"{first}\nPRAGMA application_id = {_APPLICATION};")
    elif is_old(sql):
        _upgrade(sql, _version(sql))


def is_old(sql: sqlite3.Connection) -> bool:
    """Whether it has the schema of an earlier program."""
    return _version(sql) < VERSION


def _version(sql: sqlite3.Connection) -> int:
    (version,) = sql.execute("PRAGMA user_version").fetchone()
    return int(version)


def _upgrade(sql: sqlite3.Connection, version: int, first: str = "") -> None:
    """From a version, 0 for an empty file, to ours. What is unsent stays where it is."""
    folder = resources.files("edge_agent.outbox")
    steps = [folder.joinpath(name).read_text("utf-8") for name in _SCHEMAS[version:]]
    # One transaction: a kill in the middle leaves the file as it was.
    sql.executescript(
        "\n".join(["BEGIN IMMEDIATE;", *steps, first, f"PRAGMA user_version = {VERSION};", "COMMIT;"])
    )


def _next_step(error: sqlite3.Error) -> str:
    if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "move it aside and keep it, then start again with a new one"
    if is_full(error):
        return "make room on its disk"
    return "see that the agent's user may write to it and to its directory"
