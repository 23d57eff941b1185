"""From the commit to whoever watches: what is stored is published, merged while the channel is slow.

Best effort by design: the database is the record, and a viewer reads it again. Knows no viewer.
"""

import asyncio
from collections.abc import Callable, Collection

import msgspec
import structlog
from litestar.channels.backends.base import ChannelsBackend

from cloud.api.alert_rows import alerts_of
from cloud.api.merge import AlertNews, Backfill, GatewayNews, LiveReading, Merge, News, Readings
from cloud.api.shapes import gateway_of, quality_of
from cloud.ingest.write import Stored
from cloud.store import alerts, faults, gateways, sites
from cloud.store.database import Database

log = structlog.get_logger()

_PUBLISH_TIMEOUT_S = 10.0
_GATEWAYS_LIMIT = 10_000  # whose news wait; more than any server has
_ALERTS_LIMIT = 10_000  # of more at once nobody is told live: pages read them again


def channel(site_id: int) -> str:
    """The channel of a site: who may watch it was judged when it was subscribed to."""
    return f"evara:site:{site_id}"


class Publisher:
    def __init__(self, database: Database, backend: ChannelsBackend, clock: Callable[[], int]) -> None:
        self._database = database
        self._backend = backend
        self._clock = clock
        self._stored = Merge()
        self._heard: set[str] = set()
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self._stopped = False

    def stored(self, sites: dict[int, Stored]) -> None:
        """Called after a commit; returns at once."""
        received_at = self._clock()
        for site, brought in sites.items():
            for message in _messages(site, brought, received_at):
                self._stored.add(message)
        self._wake.set()

    def heard(self, gateway: str) -> None:
        """Called after the commit of what a gateway said of itself; returns at once."""
        if len(self._heard) < _GATEWAYS_LIMIT:
            self._heard.add(gateway)
        self._wake.set()

    def alerts(self, ids: Collection[str]) -> None:
        """Called after the commit that changed these alerts, or what is said of them; returns at once."""
        if len(self._changed) + len(ids) <= _ALERTS_LIMIT:
            self._changed.update(ids)
        self._wake.set()

    def stop(self) -> None:
        """`run` publishes what is there and returns."""
        self._stopped = True
        self._wake.set()

    async def run(self, is_up: asyncio.Event) -> None:
        """Publish until `stop`; the channels take nothing before the web server is up."""
        await is_up.wait()
        while not self._stopped:
            await self._wake.wait()
            self._wake.clear()
            await self._publish_all()

    async def _publish_all(self) -> None:
        # Each viewer merges to 1/s by itself; here only what came during the last publishing is merged.
        for message in self._stored.drain():
            if isinstance(message, Readings | Backfill):
                await self._publish(message.site, message)
        heard, self._heard = self._heard, set()
        changed, self._changed = self._changed, set()
        try:
            for news in await self._gateways(heard):
                await self._publish(news.gateway.site_id, news)
            for told, where in await self._alerts(changed):
                for site in where:
                    await self._publish(site, told)
        except faults.ERRORS as error:
            if not faults.is_out_of_reach(error):
                raise

    async def _gateways(self, ids: set[str]) -> list[GatewayNews]:
        if not ids:
            return []
        now = self._clock()
        async with self._database.reading() as connection:
            rows = [await gateways.find(connection, gateway) for gateway in sorted(ids)]
        return [GatewayNews(gateway_of(row, now)) for row in rows if row]

    async def _alerts(self, ids: set[str]) -> list[tuple[AlertNews, list[int]]]:
        """Each with the sites whose viewers hear of it: one above the sites concerns all of them."""
        if not ids:
            return []
        found: list[tuple[AlertNews, list[int]]] = []
        async with self._database.reading() as connection:
            rows = (await alerts.among(connection, ids)).values()
            for organisation in sorted({row.organisation_id for row in rows}):
                own = [row for row in rows if row.organisation_id == organisation]
                every = [one.id for one in await sites.of_organisation(connection, organisation)]
                found += [
                    (AlertNews(one), every if one.site_id is None else [one.site_id])
                    for one in await alerts_of(connection, organisation, own, self._clock())
                ]
        return found

    async def _publish(self, site: int, message: News) -> None:
        try:
            async with asyncio.timeout(_PUBLISH_TIMEOUT_S):
                await self._backend.publish(msgspec.json.encode(message), [channel(site)])
        except TimeoutError:
            log.warning("live news dropped: the channel does not take them", site=site)


def _messages(site: int, brought: Stored, received_at: int) -> list[News]:
    messages: list[News] = []
    if brought.latest:
        readings = [
            LiveReading(point, at, value, quality_of(quality), received_at)
            for point, (at, value, quality) in brought.latest.items()
        ]
        messages.append(Readings(site, readings))
    if brought.late:
        messages.append(Backfill(site, sorted(brought.late), brought.late_from, brought.late_to))
    return messages
