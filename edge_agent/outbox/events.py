"""Transitions and losses that wait for a batch. Their ids keep them single in the cloud."""

from collections.abc import Sequence

import msgspec

from edge_agent.outbox import rejects
from edge_agent.outbox.file import Database
from firmware_bridge.source import Reject
from protocol.messages import Loss, Transition

LOSSES_KEPT = 10_000  # for people; the queue to the cloud is not cut

_encode = msgspec.msgpack.Encoder().encode
_transition = msgspec.msgpack.Decoder(Transition).decode
loss = msgspec.msgpack.Decoder(Loss).decode


class Events(msgspec.Struct, frozen=True):
    """What one batch takes along."""

    last: int  # seq
    alone: bool
    transitions: list[Transition]
    losses: list[Loss]


def add(
    database: Database, transitions: Sequence[Transition], losses: Sequence[Loss], alone: bool = False
) -> None:
    rows = [("transition", _encode(transition), alone) for transition in transitions]
    rows += [("loss", _encode(lost), alone) for lost in losses]
    database.sql.executemany("INSERT INTO event (kind, body, alone) VALUES (?, ?, ?)", rows)
    database.has_news = database.has_news or bool(rows)


def record_loss(database: Database, lost: Loss) -> None:
    """Once per id: who could not hear that it was recorded may record it again."""
    (known,) = database.sql.execute("SELECT count(*) FROM loss WHERE id = ?", (lost.id,)).fetchone()
    if known:
        return
    (newest,) = database.sql.execute("SELECT coalesce(max(recorded), 0) FROM loss").fetchone()
    database.sql.execute("INSERT INTO loss VALUES (?, ?, ?)", (lost.id, newest + 1, _encode(lost)))
    database.sql.execute("DELETE FROM loss WHERE recorded <= ?", (newest + 1 - LOSSES_KEPT,))
    add(database, [], [lost])


def look(database: Database, limit: int) -> Events | None:
    """The next events: those that were refused once come first, each for itself."""
    while rows := database.sql.execute(
        "SELECT seq, kind, body, alone FROM event ORDER BY alone DESC, seq LIMIT ?", (limit,)
    ).fetchall():
        found = [
            (seq, bool(alone), event)
            for seq, kind, body, alone in rows
            if (event := _read(database, seq, kind, body)) is not None
        ]
        if not found:
            continue  # none could be read: they are gone
        if found[0][1]:
            found = found[:1]
        events = [event for _, _, event in found]
        return Events(
            found[-1][0],
            found[0][1],
            [event for event in events if isinstance(event, Transition)],
            [event for event in events if isinstance(event, Loss)],
        )
    return None


def _read(database: Database, seq: int, kind: str, body: bytes) -> Transition | Loss | None:
    """None: it can't be read. It is listed among the rejects, and holds up no other."""
    try:
        return _transition(body) if kind == "transition" else loss(body)
    except msgspec.MsgspecError as error:
        found = Reject(f"{kind} {seq}", body.hex(), f"it can't be read: {error}")
        rejects.record(database, "outbox", [found], database.now())
        database.sql.execute("DELETE FROM event WHERE seq = ?", (seq,))
        return None


def take(database: Database, events: Events) -> None:
    """They are sealed."""
    if events.alone:
        database.sql.execute("DELETE FROM event WHERE seq = ?", (events.last,))
    else:
        database.sql.execute("DELETE FROM event WHERE seq <= ? AND NOT alone", (events.last,))
