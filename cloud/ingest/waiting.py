"""What waits to go down to gateways, as messages: both transports carry the same."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.ingest.results import ACKNOWLEDGE
from cloud.store import acknowledgements, rollouts
from cloud.store.acknowledgements import Seen
from cloud.store.rollouts import Waiting
from protocol.messages import Command, Config

AT_ONCE = 20  # acknowledgements that one answer carries

_WORTH_MS = 3_600_000  # then the next birth has brought it


async def of_gateway(
    connection: AsyncConnection, gateway: str, incarnation: str, now: int
) -> list[Config | Command]:
    """What one gateway should hear now. To say it twice does no harm."""
    found: list[Config | Command] = []
    config = await rollouts.unlike(connection, gateway)
    if config is not None:
        found.append(config_of(config, incarnation))
    said = await acknowledgements.unanswered(connection, gateway, now, AT_ONCE)
    return [*found, *(command_of(seen) for seen in said)]


def config_of(waiting: Waiting, incarnation: str) -> Config:
    return Config(
        incarnation=incarnation,
        version=waiting.version,
        digest=waiting.digest,
        document=waiting.document,
    )


def command_of(seen: Seen) -> Command:
    said = msgspec.to_builtins(seen.said)
    return Command(
        id=f"{ACKNOWLEDGE} {seen.id}",
        name=ACKNOWLEDGE,
        expires_at=seen.said.at + _WORTH_MS,
        arguments={name: str(value) for name, value in said.items()},
    )
