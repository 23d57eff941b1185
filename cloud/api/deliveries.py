"""The log of what was told to whom: each message, each try, what the provider answered."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from cloud.api.alert_shapes import DeliveriesAnswer, DeliveryState
from cloud.api.delivery_rows import deliveries_of
from cloud.api.parameters import Clock, Cursor, read_number
from cloud.store import notifications
from cloud.store.database import Database
from cloud.store.sessions import Signed

_PAGE = 50
_PAGE_LIMIT = 500

PersonFilter = Annotated[int | None, QueryParameter(name="person", required=False, ge=1, le=2**31 - 1)]
StateFilter = Annotated[DeliveryState | None, QueryParameter(name="state", required=False)]
Limit = Annotated[int, QueryParameter(ge=1, le=_PAGE_LIMIT)]


@get("/deliveries")
async def list_deliveries(
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    person: PersonFilter = None,
    which: StateFilter = None,
    cursor: Cursor = None,
    limit: Limit = _PAGE,
) -> DeliveriesAnswer:
    before = None if cursor is None else read_number(cursor)
    async with database.reading() as connection:
        rows = await notifications.page(
            connection, signed.organisation_id, before, limit + 1, person_id=person, state=which
        )
        items = await deliveries_of(connection, signed.organisation_id, rows[:limit])
    return DeliveriesAnswer(
        server_time=clock(), items=items, next=str(items[-1].id) if len(rows) > limit else None
    )
