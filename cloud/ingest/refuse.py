"""Payloads that will never be taken: kept with their cause, answered by their hash."""

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import events, gateways
from cloud.store.database import Database
from protocol import codec
from protocol.messages import Refusal, RefusalCode

log = structlog.get_logger()

_CAUSE_CHARACTERS = 1_000  # as much as a refusal's reason holds


async def refuse(
    database: Database,
    gateway: str,
    payload: bytes,
    cause: str,
    incarnation: str,
    now: int,
    epoch: str = "",
    number: int = 0,
) -> Refusal | None:
    """The refusal, once the payload is kept; None for a gateway that is revoked or unknown."""
    digest, reason = codec.digest(payload), cause[:_CAUSE_CHARACTERS]

    async def work(connection: AsyncConnection) -> bool:
        owner = (await gateways.lock_owners(connection, [gateway])).get(gateway)
        if owner is None or owner.revoked:
            return False
        await events.keep_undecodable(
            connection, gateway, owner.organisation_id, digest, reason, payload, now
        )
        return True

    if not await database.write(work):
        return None
    log.warning("payload refused", gateway=gateway, cause=reason, digest=digest)
    return Refusal(
        code=RefusalCode.UNDECODABLE,
        reason=reason,
        digest=digest,
        epoch=epoch,
        number=number,
        incarnation=incarnation,
    )
