"""The WebSocket: changes of an organisation's sites as they are committed, at most one a second and point."""

import asyncio
import time
from typing import Annotated, Any

import msgspec
import structlog
from litestar import WebSocket, websocket
from litestar.channels import ChannelsPlugin
from litestar.channels.subscriber import Subscriber
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.params import QueryParameter

from cloud.api.authentication import OPEN, identify, require_own_origin
from cloud.api.merge import Beat, Hello, LiveMessage, Merge, News
from cloud.api.news import channel
from cloud.api.parameters import Clock
from cloud.api.refill import refill
from cloud.errors import CloudError, Invalid, NotFound
from cloud.store import faults, sites
from cloud.store.database import Database
from cloud.store.sessions import Signed

log = structlog.get_logger()

BEAT_S = 25.0
SLOW_S = 10.0  # a viewer that takes longer for one message is cut off; the others go on
_VIEWERS_LIMIT = 2_000  # a process

_GOING_AWAY, _POLICY, _TRY_LATER = 1001, 1008, 1013

_decode = msgspec.json.Decoder(News).decode
_encode = msgspec.json.Encoder().encode


class Viewers:
    """Everybody who watches through this process."""

    def __init__(self, beat_s: float = BEAT_S, slow_s: float = SLOW_S) -> None:
        self.beat_s = beat_s
        self.slow_s = slow_s
        self._gaps: set[asyncio.Event] = set()

    @property
    def count(self) -> int:
        return len(self._gaps)

    def enter(self) -> asyncio.Event:
        """The event that tells this viewer of a gap."""
        gap = asyncio.Event()
        self._gaps.add(gap)
        return gap

    def leave(self, gap: asyncio.Event) -> None:
        self._gaps.discard(gap)

    def tell_gap(self) -> None:
        """Messages may have been lost on their way here."""
        for gap in self._gaps:
            gap.set()


@websocket("/live", opt=OPEN)
async def live(
    socket: WebSocket[Any, Any, Any],
    database: NamedDependency[Database],
    channels: NamedDependency[ChannelsPlugin],
    viewers: NamedDependency[Viewers],
    clock: NamedDependency[Clock],
    wanted: Annotated[str | None, QueryParameter(name="sites", required=False)] = None,
) -> None:
    """`sites`: ids with commas between; without it every site of the organisation.

    Closes before it opens for who is not signed in, for a page of another origin and for a foreign site.
    """
    if viewers.count >= _VIEWERS_LIMIT:
        return await socket.close(_TRY_LATER, "too many viewers; try again in a minute")
    try:
        if socket.headers.get("origin"):  # programs send none; every browser does
            require_own_origin(socket)
        signed = await identify(socket, database, clock())
        watched = await _watched(database, signed, wanted)
    except CloudError as error:
        log.info("viewer refused", cause=str(error))
        return await socket.close(_POLICY, str(error))
    gap = viewers.enter()
    try:
        names = [channel(site) for site in sorted(watched)] or [channel(0)]  # no site has the id 0
        async with channels.start_subscription(names) as news:
            await socket.accept()
            await _Viewer(socket, database, viewers, clock, wanted, watched, news, gap).watch()
    finally:
        viewers.leave(gap)
    return None


async def _watched(database: Database, signed: Signed, wanted: str | None) -> set[int]:
    async with database.reading() as connection:
        own = {site.id for site in await sites.of_organisation(connection, signed.organisation_id)}
    if wanted is None:
        return own
    try:
        asked = {int(site) for site in wanted.split(",") if site}
    except ValueError as error:
        raise Invalid(f"sites: {wanted[:100]!r} are no ids; write numbers with commas between") from error
    if foreign := asked - own:
        raise NotFound(f"there is no site {min(foreign)}")
    return asked


class _End(Exception):
    """Why the server ends this viewer's connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class _Viewer:
    """One open connection."""

    def __init__(
        self,
        socket: WebSocket[Any, Any, Any],
        database: Database,
        viewers: Viewers,
        clock: Clock,
        wanted: str | None,
        watched: set[int],
        news: Subscriber,
        gap: asyncio.Event,
    ) -> None:
        self._socket = socket
        self._database = database
        self._viewers = viewers
        self._clock = clock
        self._wanted = wanted
        self._watched = watched
        self._news = news
        self._gap = gap
        self._merge = Merge()
        self._wake = asyncio.Event()
        self._sending = asyncio.Lock()

    async def watch(self) -> None:
        """Until the viewer leaves, is cut off, or may no longer watch."""
        try:
            await self._send(Hello(self._clock()))
            async with asyncio.TaskGroup() as tasks:
                jobs = [
                    tasks.create_task(self._collect(), name="live collect"),
                    tasks.create_task(self._tell(), name="live tell"),
                    tasks.create_task(self._beat(), name="live beat"),
                    tasks.create_task(self._refill(), name="live refill"),
                ]
                await self._wait_until_left()
                for job in jobs:
                    job.cancel()
        except* _End as ends:
            end = ends.exceptions[0]
            log.info("viewer cut off", cause=str(end))
            await self._close(end)
        except* (WebSocketDisconnect, OSError):
            pass  # it left while something was on its way

    async def _wait_until_left(self) -> None:
        # What a viewer says means nothing yet; reading it is how its leaving is noticed.
        try:
            while True:
                await self._socket.receive_data(mode="text")
        except WebSocketDisconnect:
            return

    async def _collect(self) -> None:
        """Always quick: what a slow viewer has not been told waits merged, not in a queue."""
        async for event in self._news.iter_events():
            self._merge.add(_decode(event))
            self._wake.set()
        raise _End(_GOING_AWAY, "the server is stopping")

    async def _tell(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._merge.wait_s(time.monotonic())):
                    await self._wake.wait()
            except TimeoutError:
                pass  # something is due
            self._wake.clear()
            for message in self._merge.due(time.monotonic()):
                await self._send(message)

    async def _beat(self) -> None:
        """A sign of life; and the moment to look whether this person may still watch, and the same sites."""
        while True:
            await asyncio.sleep(self._viewers.beat_s)
            try:
                signed = await identify(self._socket, self._database, self._clock())
                watched = await _watched(self._database, signed, self._wanted)
            except CloudError as error:
                raise _End(_POLICY, str(error)) from error
            except faults.ERRORS as error:
                raise _End(_TRY_LATER, "the database can't be reached at the moment") from error
            if watched != self._watched:
                raise _End(_GOING_AWAY, "the sites changed; connect again")
            await self._send(Beat(self._clock()))

    async def _refill(self) -> None:
        """After a gap: everything as the database has it, so that what was lost is only late."""
        while True:
            await self._gap.wait()
            self._gap.clear()
            try:
                signed = await identify(self._socket, self._database, self._clock())
                async with self._database.reading() as connection:
                    lost = await refill(connection, signed.organisation_id, self._watched, self._clock())
            except (CloudError, *faults.ERRORS) as error:
                raise _End(_TRY_LATER, "live changes were lost; connect again") from error
            for news in lost:
                self._merge.add(news)
            self._wake.set()

    async def _send(self, message: LiveMessage) -> None:
        try:
            async with asyncio.timeout(self._viewers.slow_s), self._sending:
                await self._socket.send_data(_encode(message).decode(), mode="text")
        except TimeoutError as error:
            raise _End(_TRY_LATER, "you read too slowly; connect again") from error

    async def _close(self, end: BaseException) -> None:
        code = end.code if isinstance(end, _End) else _GOING_AWAY
        try:
            async with asyncio.timeout(1):
                await self._socket.close(code, str(end)[:120])
        except (TimeoutError, WebSocketDisconnect, OSError):
            pass  # it does not read: the server drops the connection with the handler's end
