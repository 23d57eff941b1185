"""What an alert takes from its rule and its point: the kind of the one, the unit of the other."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting.engine import Named
from cloud.store import points, rules
from cloud.store.alerts import AlertRow
from cloud.store.transitions import Place
from protocol.fold import Folded

# The rules that are built in. They can't be edited, and people name them in windows and routes.
GATEWAY_OFFLINE = "gateway-offline"
OFFLINE = "offline"  # their kind
OFFLINE_TITLE = "Gateway offline"  # what people call it
Watched = tuple[str, str]  # rule, point

REGION = "region"  # the tag that makes sites an area


async def names(
    connection: AsyncConnection, place: Place, told: Collection[Folded], rows: Collection[AlertRow]
) -> dict[Watched, Named]:
    """By rule and point; nothing where these are not known: then it is history all the same."""
    known = {(row.rule_id, row.rule_version): row.kind for row in rows}
    units = {row.point: row.unit for row in rows}
    versions = {(one.rule, one.rule_version) for one in told} - known.keys()
    bodies = await rules.bodies(connection, place.organisation_id, versions) if versions else {}
    unknown = {one.point for one in told} - units.keys()
    if unknown and place.site_id is not None:
        units |= await points.units(connection, place.site_id, unknown)
    kinds = known | {version: str(body.kind) for version, body in bodies.items()}
    return {
        (one.rule, one.point): Named(
            OFFLINE if one.rule == GATEWAY_OFFLINE else kinds.get((one.rule, one.rule_version), ""),
            units.get(one.point, ""),
        )
        for one in told
    }
