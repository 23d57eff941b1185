"""What an outbox file holds, read past the program: where is each reading, how often?"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from protocol import codec
from protocol.messages import Batch, Loss, Transition
from protocol.reading import Reading


class Contents(msgspec.Struct):
    unsealed: Counter[tuple[str, int]]  # (point, at) of readings
    sealed: Counter[tuple[str, int]]  # in batches under way or to be sent again
    settled: Counter[tuple[str, int]]
    parked: Counter[tuple[str, int]]
    waiting: Counter[str]  # ids of transitions and losses: queued, under way or settled
    refused: set[str]  # ids in parked batches
    numbers: Counter[tuple[str, int]]  # (epoch, number) of every batch

    @property
    def readings(self) -> Counter[tuple[str, int]]:
        return self.unsealed + self.sealed + self.settled + self.parked


def look(path: Path) -> Contents:
    with closing(sqlite3.connect(path)) as sql:
        found = Contents(Counter(), Counter(), Counter(), Counter(), Counter(), set(), Counter())
        found.unsealed.update(
            sql.execute("SELECT name, at FROM reading JOIN point ON point.id = reading.point").fetchall()
        )
        for state, body in sql.execute("SELECT state, bytes FROM batch JOIN body ON body.batch = batch.seq"):
            batch = decode(body)
            found.numbers[batch.epoch, batch.number] += 1
            (found.settled if state == "settled" else found.sealed).update(_keys(batch))
            found.waiting.update(ids_of(batch))
        for (body,) in sql.execute("SELECT bytes FROM parked"):
            batch = decode(body)
            found.numbers[batch.epoch, batch.number] += 1
            found.parked.update(_keys(batch))
            found.refused.update(ids_of(batch))
        for kind, body in sql.execute("SELECT kind, body FROM event"):
            found.waiting[_id(kind, body)] += 1
        (orphans,) = sql.execute(
            "SELECT count(*) FROM body WHERE batch NOT IN (SELECT seq FROM batch)"
        ).fetchone()
        assert orphans == 0
        return found


def decode(body: bytes) -> Batch:
    batch = codec.decode(body)
    assert isinstance(batch, Batch)
    return batch


def readings_of(body: bytes) -> list[Reading]:
    return codec.unpack(decode(body))


def ids_of(batch: Batch) -> Iterator[str]:
    yield from (transition.id for transition in batch.transitions)
    yield from (loss.id for loss in batch.losses)


def _keys(batch: Batch) -> Iterator[tuple[str, int]]:
    return ((reading.point, reading.at) for reading in codec.unpack(batch))


def _id(kind: str, body: bytes) -> str:
    if kind == "transition":
        return msgspec.msgpack.decode(body, type=Transition).id
    return msgspec.msgpack.decode(body, type=Loss).id
