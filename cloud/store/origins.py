"""What gateways say that their derived points are derived of."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store.database import insert_new
from cloud.store.tables.sites import gateway as gateway_table
from cloud.store.tables.sites import point_origin
from protocol.reading import Origin


async def save(connection: AsyncConnection, gateway: str, origins: Sequence[Origin]) -> None:
    """All that a gateway derives now, its row locked; what it said before is forgotten, and what another one
    of its site said of the same points.
    """
    said = await _said(connection, gateway)
    if said == {origin.point: origin for origin in origins}:
        return  # as at nearly every birth
    columns = gateway_table.c.site_id, gateway_table.c.organisation_id
    site_id, organisation_id = (
        await connection.execute(select(*columns).where(gateway_table.c.id == gateway))
    ).one()
    names = [origin.point for origin in origins]
    of_site = (point_origin.c.site_id == site_id) & point_origin.c.name.in_(names)
    await connection.execute(delete(point_origin).where(or_(point_origin.c.gateway_id == gateway, of_site)))
    await insert_new(
        connection,
        point_origin,
        [
            {
                "site_id": site_id,
                "name": origin.point,
                "organisation_id": organisation_id,
                "gateway_id": gateway,
                "derived_of": origin.of,
                "kind": origin.kind,
                "calibrations": origin.calibrations,
            }
            for origin in origins
        ],
    )


async def of_site(connection: AsyncConnection, site_id: int) -> list[Origin]:
    return list((await _found(connection, point_origin.c.site_id == site_id)).values())


async def _said(connection: AsyncConnection, gateway: str) -> dict[str, Origin]:
    return await _found(connection, point_origin.c.gateway_id == gateway)


async def _found(connection: AsyncConnection, which: ColumnElement[bool]) -> dict[str, Origin]:
    rows = await connection.execute(
        select(
            point_origin.c.name, point_origin.c.derived_of, point_origin.c.kind, point_origin.c.calibrations
        ).where(which)
    )
    return {row.name: Origin(*row) for row in rows}
