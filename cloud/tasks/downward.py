"""Configurations and acknowledgements on their way to the broker, by whichever process has a connection."""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.ingest import waiting
from cloud.ingest.receive import Receiver
from cloud.store import acknowledgements, faults, rollouts
from cloud.store.database import Database
from protocol import topics

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
AT_ONCE = 100


async def send_down(
    database: Database, receiver: Receiver, incarnation: str, clock: Callable[[], int]
) -> None:
    """For ever; what can't be published now is tried again."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if receiver.trouble is not None:
            continue
        try:
            await database.write(partial(publish, receiver=receiver, incarnation=incarnation, now=clock()))
        except faults.ERRORS as error:
            log.warning("nothing published to gateways", cause=str(error)[:200])


async def publish(connection: AsyncConnection, receiver: Receiver, incarnation: str, now: int) -> None:
    """Publish what waits. A crash after it publishes once more, which does no harm."""
    configs = await rollouts.pending(connection, AT_ONCE)
    sent = [
        one
        for one in configs
        if receiver.publish(
            one.gateway_id, topics.DOWN_CONFIG, waiting.config_of(one, incarnation), retain=True
        )
    ]
    await rollouts.delivered(connection, sent, now)
    said = await acknowledgements.unpublished(connection, now, AT_ONCE)
    told = [
        seen.id
        for gateway, seen in said
        if receiver.publish(gateway, topics.DOWN_COMMAND, waiting.command_of(seen))
    ]
    await acknowledgements.note_published(connection, told, now)
