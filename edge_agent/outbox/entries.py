"""The entries that devices wrote and read back: numbered for ever, the newest of each channel held."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from edge_agent.outbox.file import Database
from firmware_bridge.history import FIELDS, ChannelFacts, Draft, Entry
from firmware_bridge.source import REJECT_TEXT_LIMIT, Reject
from protocol.reading import Reading

KEPT = 100_000  # of each channel: two months at one a minute, some 15 MB
KEPT_WHEN_FULL = 1_000  # of each channel: a full disk takes the others first of all
_STEP = 1_000  # entries that are given up at once

_FIND = """
    SELECT key, last_id, last1, last2, last3, last4, last5, last6, last7, last8 FROM channel
    WHERE source = ? AND number = ?
"""
_NOTE = """
    UPDATE channel SET last_id = ?, last1 = ?, last2 = ?, last3 = ?, last4 = ?, last5 = ?, last6 = ?,
        last7 = ?, last8 = ?
    WHERE key = ?
"""
_KEEP = """
    INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (channel, at) DO NOTHING
"""
_BETWEEN = "SELECT * FROM entry WHERE channel = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT ?"

# The channel that has most, by the numbers of its first and last entry: there are no gaps.
_FULLEST = """
    SELECT key, last_id, first FROM (
        SELECT key, last_id, (SELECT min(id) FROM entry WHERE channel = key) AS first FROM channel
    ) WHERE last_id - first >= ? ORDER BY last_id - first DESC LIMIT 1
"""


class Outcome(msgspec.Struct, frozen=True):
    """What keeping drafts brought, one after another."""

    ids: list[int | None]
    readings: list[Reading]
    rejects: list[Reject]


class _Channel:
    """A channel's row while entries are added."""

    def __init__(self, database: Database, source: str, number: int) -> None:
        found = _find(database, source, number)
        if found is None:
            database.sql.execute(
                "INSERT INTO channel (source, number, began_at) VALUES (?, ?, ?)",
                (source, number, database.now()),
            )
            found = _find(database, source, number)
        self.key, self._before, *self._last = found
        self._last_id = self._before
        self._run = 0, 0  # ms that are taken, from and to before
        self._database = database

    def keep(self, draft: Draft, outcome: Outcome) -> None:
        entry, texts = draft.entry, _texts(draft.entry)
        if draft.has_own_time:
            if not self._insert(entry.at, texts):
                self._meet(entry, texts, outcome)
                return
        else:
            draft = later(draft, self._insert_from(entry.at, texts) - entry.at)
        outcome.ids.append(self._last_id)
        outcome.readings.extend(draft.readings)
        outcome.rejects.extend(draft.rejects)

    def note(self) -> None:
        """Write the row; give up what is too old."""
        sql = self._database.sql
        sql.execute(_NOTE, (self._last_id, *self._last, self.key))
        if self._last_id // _STEP > self._before // _STEP:
            sql.execute("DELETE FROM entry WHERE channel = ? AND id <= ?", (self.key, self._last_id - KEPT))

    def _insert_from(self, at: int, texts: tuple[str | None, ...]) -> int:
        """At the next free ms, which is returned. A run is gone through once: bulks may lie in each other."""
        start, end = self._run if self._run[0] <= at < self._run[1] else (at, at)
        while not self._insert(end, texts):
            end += 1
        self._run = start, end + 1
        return end

    def _insert(self, at: int, texts: tuple[str | None, ...]) -> bool:
        number = self._last_id + 1
        if not self._database.sql.execute(_KEEP, (self.key, number, at, *texts)).rowcount:
            return False
        self._last_id = number
        for place, text in enumerate(texts[:FIELDS]):
            if text is not None:
                self._last[place] = number
        return True

    def _meet(self, entry: Entry, texts: tuple[str | None, ...], outcome: Outcome) -> None:
        """Its time is taken: by itself, or by another one."""
        row = self._database.sql.execute(
            "SELECT * FROM entry WHERE channel = ? AND at = ?", (self.key, entry.at)
        ).fetchone()
        number, taken = row[1], row[3:]
        if taken == texts:
            outcome.ids.append(number)
            return
        outcome.ids.append(None)
        text = "&".join(f"field{n}={text}" for n, text in enumerate(entry.fields, 1) if text is not None)
        at = datetime.fromtimestamp(entry.at / 1000, UTC).isoformat()
        where = f"channel {entry.channel} at {at}"
        outcome.rejects.append(Reject(where, text[:REJECT_TEXT_LIMIT], "another entry has this created_at"))


def keep(database: Database, source: str, drafts: Sequence[Draft]) -> Outcome:
    """Entries only; the readings and rejects that belong to new ones are the caller's to append."""
    channels: dict[int, _Channel] = {}
    outcome = Outcome([], [], [])
    for draft in drafts:
        number = draft.entry.channel
        channel = channels.get(number)
        if channel is None:
            channel = channels[number] = _Channel(database, source, number)
        channel.keep(draft, outcome)
    for channel in channels.values():
        channel.note()
    return outcome


def taken(database: Database, source: str, entries: Sequence[Entry]) -> list[bool]:
    """Whether there is one with the same time."""
    keys = {
        number: (_find(database, source, number) or (None,))[0]
        for number in {entry.channel for entry in entries}
    }
    found = "SELECT 1 FROM entry WHERE channel = ? AND at = ?"
    return [
        database.sql.execute(found, (keys[entry.channel], entry.at)).fetchone() is not None
        for entry in entries
    ]


def between(database: Database, source: str, number: int, since: int, until: int, newest: int) -> list[Entry]:
    channel = _find(database, source, number)
    if channel is None:
        return []
    rows = database.sql.execute(_BETWEEN, (channel[0], since, until, newest)).fetchall()
    return [_entry(number, row) for row in reversed(rows)]


def last(database: Database, source: str, number: int, field: int | None) -> Entry | None:
    channel = _find(database, source, number)
    if channel is None:
        return None
    return entry(database, source, number, channel[1] if field is None else channel[1 + field])


def entry(database: Database, source: str, number: int, id: int) -> Entry | None:  # noqa: A002 - its name
    channel = _find(database, source, number)
    if channel is None:
        return None
    row = database.sql.execute(
        "SELECT * FROM entry WHERE channel = ? AND id = ?", (channel[0], id)
    ).fetchone()
    return _entry(number, row) if row else None


def facts(database: Database, source: str, number: int) -> ChannelFacts:
    channel = _find(database, source, number)
    if channel is None:
        return ChannelFacts()
    key, last_id, *lasts = channel
    (began_at,) = database.sql.execute("SELECT began_at FROM channel WHERE key = ?", (key,)).fetchone()
    return ChannelFacts(began_at, last_id, frozenset(n for n, found in enumerate(lasts, 1) if found))


def later(draft: Draft, moved_ms: int) -> Draft:
    """Its entry and readings, so much later."""
    if not moved_ms:
        return draft
    return msgspec.structs.replace(
        draft,
        entry=msgspec.structs.replace(draft.entry, at=draft.entry.at + moved_ms),
        readings=[msgspec.structs.replace(one, at=one.at + moved_ms) for one in draft.readings],
    )


def evict(database: Database) -> int:
    """Give up the oldest of the channel that has most, where it has more than a few; how many."""
    fullest = database.sql.execute(_FULLEST, (KEPT_WHEN_FULL,)).fetchone()
    if fullest is None:
        return 0
    key, last_id, first = fullest
    until = min(first + _STEP - 1, last_id - KEPT_WHEN_FULL)
    return database.sql.execute("DELETE FROM entry WHERE channel = ? AND id <= ?", (key, until)).rowcount


def _find(database: Database, source: str, number: int) -> Any:
    """Its row; None: nothing was ever written to it."""
    return database.sql.execute(_FIND, (source, number)).fetchone()


def _texts(entry: Entry) -> tuple[str | None, ...]:
    return (*entry.fields, entry.status, entry.latitude, entry.longitude, entry.elevation)


def _entry(number: int, row: tuple[Any, ...]) -> Entry:
    _, id, at, *texts = row  # noqa: A001 - its name
    status, latitude, longitude, elevation = texts[FIELDS:]
    return Entry(
        channel=number,
        id=id,
        at=at,
        fields=tuple(texts[:FIELDS]),
        status=status,
        latitude=latitude,
        longitude=longitude,
        elevation=elevation,
    )
