"""Who has seen an alert as it is now."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import acknowledgements, transitions
from cloud.store.acknowledgements import Seen
from protocol.fold import join
from protocol.standing import standing

_IDS_AT_ONCE = 5_000


async def acknowledged(connection: AsyncConnection, keys: Collection[str], now: int) -> dict[str, Seen]:
    """Those that somebody has seen as they are now, by the acknowledgement that holds."""
    found: dict[str, Seen] = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), _IDS_AT_ONCE):
        said = await acknowledgements.of_alerts(connection, ordered[start : start + _IDS_AT_ONCE])
        members = await transitions.members_of(connection, said) if said else []
        told: dict[str, list[transitions.Member]] = {}
        for one in members:
            told.setdefault(one.alert_id, []).append(one)
        for key, listed in said.items():
            for joined in join(one.folded for one in told.get(key, ())):
                holds = standing(joined, [one.said for one in listed], now)
                if holds:
                    found[key] = next(one for one in listed if one.said == holds)
    return found
