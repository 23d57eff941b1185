"""What a source read, into the open transaction: readings, what the rules make of them, rejects, memories."""

from collections.abc import Mapping, Sequence

from edge_agent.outbox import marks, unsealed
from edge_agent.outbox.file import Database
from edge_agent.outbox.judged import Judge
from edge_agent.outbox.rejects import record as record_rejects
from firmware_bridge.source import Reject
from protocol.reading import Reading


def keep(
    database: Database,
    source: str,
    readings: Sequence[Reading],
    rejects: Sequence[Reject],
    memories: Mapping[str, bytes],
    boot_ms: int,
    judge: Judge,
) -> None:
    """`readings` are what `unsealed.sift` found fit."""
    unsealed.append(database, readings, boot_ms)
    judge(database, readings)
    record_rejects(database, source, rejects, database.now())
    marks.set_memories(database, source, memories)
