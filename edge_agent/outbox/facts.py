"""What an outbox can say about itself, to `status` and `doctor`, also while an agent runs on it."""

from pathlib import Path

import msgspec

from protocol.breaker import Breaker
from protocol.messages import Loss, Queue, RefusalCode


class PointFact(msgspec.Struct, frozen=True):
    """A point and the newest reading that was kept of it."""

    name: str
    unit: str
    interval_s: float | None
    at: int | None  # ms UTC; None: no reading yet
    value: float | None
    quality: int


class RejectFact(msgspec.Struct, frozen=True):
    source: str
    reason: str
    count: int
    last_at: int  # when the newest one was recorded, ms UTC


class ParkedFact(msgspec.Struct, frozen=True):
    epoch: str
    number: int
    code: RefusalCode
    reason: str
    readings: int
    parked_at: int  # ms UTC


class OutboxFacts(msgspec.Struct, frozen=True, kw_only=True):
    epoch: str
    next_number: int
    queue: Queue
    unsettled: int  # batches under way
    settled: int  # batches still kept although the cloud has them
    points: list[PointFact]
    breakers: dict[str, Breaker]
    rejects: list[RejectFact]
    parked: list[ParkedFact]  # the newest 20
    losses: list[Loss]  # the newest 20
    losses_recorded: int
    notes: dict[str, str]  # what `Outbox.note` was given
    file_bytes: int  # the database and its log


def read_facts(path: Path) -> OutboxFacts:
    """Read-only, from any process. Raises OutboxError where there is no readable outbox."""
    raise NotImplementedError
