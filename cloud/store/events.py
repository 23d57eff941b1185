"""What batches bring besides good readings: transitions, losses, thinned buckets, and what can't be taken."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import bulk
from cloud.store.database import insert_new
from cloud.store.tables.batches import loss, rejected, transition, undecodable
from cloud.store.tables.readings import dirty_bucket, thinned
from protocol.messages import Loss, Thinned, Transition

UNDECODABLE_KEPT = 100  # a gateway
UNDECODABLE_BYTES = 65_536  # of each


async def add_transitions(
    connection: AsyncConnection,
    gateway: str,
    organisation_id: int,
    transitions: Sequence[Transition],
    epoch: str,
    now: int,
) -> None:
    """Those that are there already, by id, stay as they are."""
    await insert_new(
        connection,
        transition,
        [
            {
                "gateway_id": gateway,
                "id": one.id,
                "organisation_id": organisation_id,
                "at": one.at,
                "content": msgspec.to_builtins(one),
                "received_at": now,
                "epoch": epoch,
            }
            for one in transitions
        ],
    )


async def add_losses(
    connection: AsyncConnection, gateway: str, organisation_id: int, losses: Sequence[Loss]
) -> None:
    """Those that are there already, by id, stay as they are."""
    await insert_new(
        connection,
        loss,
        [
            {
                "gateway_id": gateway,
                "id": one.id,
                "organisation_id": organisation_id,
                "point": one.point,
                "since": one.since,
                "until": one.until,
                "count": one.count,
                "exact": one.exact,
                "reason": one.reason,
            }
            for one in losses
        ],
    )


async def add_thinned(
    connection: AsyncConnection, organisation_id: int, buckets: Sequence[tuple[int, Thinned]]
) -> None:
    """Buckets by point id; those that are there already stay as they are."""
    await insert_new(
        connection,
        thinned,
        [
            {
                "point_id": point_id,
                "since": one.since,
                "until": one.until,
                "organisation_id": organisation_id,
                "min": one.min,
                "mean": one.mean,
                "max": one.max,
                "count": one.count,
            }
            for point_id, one in buckets
        ],
    )


async def add_rejected(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Readings that can't be taken, by their place in their batch."""
    await insert_new(connection, rejected, rows)


async def mark_dirty(connection: AsyncConnection, rows: Sequence[tuple[int, int, int]]) -> None:
    """Base buckets that a commit touched: (point id, start, organisation id).

    A row that is there is locked, not passed over: the roll-up that takes it away at this moment would
    else count the bucket without the readings of this transaction, and nobody would count it again.
    """
    columns = ("point_id", "since", "organisation_id")
    again = "UPDATE SET organisation_id = excluded.organisation_id"
    await bulk.insert(connection, dirty_bucket, columns, rows, again)


async def keep_undecodable(
    connection: AsyncConnection,
    gateway: str,
    organisation_id: int,
    digest: str,
    cause: str,
    payload: bytes,
    now: int,
) -> None:
    """Keep a payload that is no message, with its cause; the oldest beyond the limit go."""
    await insert_new(
        connection,
        undecodable,
        [
            {
                "organisation_id": organisation_id,
                "gateway_id": gateway,
                "digest": digest,
                "cause": cause,
                "payload": payload[:UNDECODABLE_BYTES],
                "received_at": now,
            }
        ],
    )
    kept = (
        select(undecodable.c.id)
        .where(undecodable.c.gateway_id == gateway)
        .order_by(undecodable.c.id.desc())
        .limit(UNDECODABLE_KEPT)
    )
    await connection.execute(
        delete(undecodable).where(undecodable.c.gateway_id == gateway, undecodable.c.id.not_in(kept))
    )
