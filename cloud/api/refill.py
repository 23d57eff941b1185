"""What a viewer may have missed, as the database has it: latest values, open alerts, those ended lately."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.api.alert_rows import alerts_of
from cloud.api.merge import AlertNews, LiveReading, News, Readings
from cloud.api.shapes import quality_of
from cloud.store import alerts, devices

_ENDED = 100  # alerts; who missed more has been away for long, and reads the list again


async def refill(
    connection: AsyncConnection, organisation_id: int, watched: Collection[int], now: int
) -> list[News]:
    """Of these sites; alerts above the sites concern every viewer."""
    news: list[News] = []
    for row in await devices.points_of(connection, organisation_id):
        if row.site_id in watched and row.at is not None:
            quality = quality_of(row.quality or 0)
            latest = LiveReading(row.id, row.at, row.value, quality, row.received_at or row.at)
            news.append(Readings(row.site_id, [latest]))
    there = await alerts.open_of(connection, organisation_id)
    there += await alerts.ended_before(connection, organisation_id, None, _ENDED)
    rows = [row for row in there if row.site_id is None or row.site_id in watched]
    return news + [AlertNews(one) for one in await alerts_of(connection, organisation_id, rows, now)]
