"""Gateways, each with its state in a word."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from cloud.api.parameters import Clock
from cloud.api.shapes import Gateway, GatewaysAnswer, gateway_of
from cloud.errors import NotFound
from cloud.store import gateways
from cloud.store.database import Database
from cloud.store.sessions import Signed


@get("/gateways")
async def list_gateways(
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> GatewaysAnswer:
    now = clock()
    async with database.reading() as connection:
        rows = await gateways.of_organisation(connection, signed.organisation_id)
    return GatewaysAnswer(server_time=now, items=[gateway_of(row, now) for row in rows])


@get("/gateways/{gateway_id:str}")
async def read_gateway(
    gateway_id: FromPath[str],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Gateway:
    async with database.reading() as connection:
        row = await gateways.find(connection, gateway_id, signed.organisation_id)
    if row is None:
        raise NotFound(f"there is no gateway {gateway_id}")
    return gateway_of(row, clock())
