"""What gateways say about themselves: births, heartbeats, deaths, results."""

from cloud.store.database import Database
from protocol.messages import Birth, Death, Heartbeat, Result, Welcome


async def hear(
    database: Database, gateway: str, message: Birth | Heartbeat | Death | Result, incarnation: str, now: int
) -> tuple[Welcome | None, bool]:
    """Note a state message. Returns the answer to a birth, and whether the gateway's row changed.

    An older (session, counter) of the same epoch changes nothing; an unknown or revoked gateway neither.
    """
    raise NotImplementedError
