"""Room on a full disk: a ballast file that is given up so that settling and losses can still be written."""

import logging
import os
import sqlite3
from pathlib import Path

from edge_agent.outbox import entries, settled
from edge_agent.outbox.file import WAL_PAGES, Database, ballast_of

log = logging.getLogger(__name__)

# A log full of new pages needs as much again in the file when it is written back; then some to go on.
BALLAST_BYTES = 2_097_152
_TIGHT_WAL_PAGES = 200  # while full the log is reused early: growing it is what needs room
_EVICTION_STEPS = 50  # at most, per try to regain room


class Room:
    """Whether there is room for readings; knows nothing of who waits for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ballast = ballast_of(database.path)
        self.is_full = not _restore(self._ballast)

    def give(self) -> None:
        """The disk is full: let the ballast go."""
        if not self.is_full:
            log.warning("outbox: %s has no room; readings wait until there is some", self._database.path)
        self.is_full = True
        self._ballast.unlink(missing_ok=True)
        self._database.sql.execute(f"PRAGMA wal_autocheckpoint = {_TIGHT_WAL_PAGES}")

    def regain(self) -> bool:
        """Evict entries, then settled batches, try for the ballast again; whether readings may be taken now.

        As much room inside the file as the ballast has is as good: what is free there needs no disk. But
        it is asked for anew before every commit until the ballast is back.
        """
        # Before anything is written: from here the log begins anew, in room it already has.
        self._write_back()
        steps = 0
        while steps < _EVICTION_STEPS and not self._has_free_pages() and self._evict():
            steps += 1
        if steps:
            self._write_back()
        if _restore(self._ballast):
            log.info("outbox: %s has room again", self._database.path)
            self.is_full = False
            self._database.sql.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
            return True
        return self._has_free_pages()

    def _write_back(self) -> None:
        self._database.sql.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _has_free_pages(self) -> bool:
        (free,) = self._database.sql.execute("PRAGMA freelist_count").fetchone()
        (size,) = self._database.sql.execute("PRAGMA page_size").fetchone()
        return bool(free * size >= BALLAST_BYTES)

    def _evict(self) -> bool:
        sql = self._database.sql
        sql.execute("BEGIN IMMEDIATE")
        try:
            evicted = entries.evict(self._database) or settled.evict(self._database, before=None)
            sql.execute("COMMIT")
        except sqlite3.Error:
            if sql.in_transaction:
                sql.execute("ROLLBACK")
            return False
        return evicted > 0


def _restore(ballast: Path) -> bool:
    """Whether the ballast is there, whole."""
    try:
        descriptor = os.open(ballast, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
        finally:
            os.close(descriptor)
    except OSError:
        ballast.unlink(missing_ok=True)
        return False
    return True
