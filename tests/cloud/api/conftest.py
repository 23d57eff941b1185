"""The web application on a real socket, over a real database, with two organisations that must not meet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.channels.backends.base import ChannelsBackend
from litestar.channels.backends.memory import MemoryChannelsBackend

from cloud.api.app import Parts, make_app
from cloud.api.health import Health
from cloud.api.live import Viewers
from cloud.api.news import Publisher
from cloud.api.pages import Page, Pages
from cloud.api.server import WebServer, listen
from cloud.clock import clock
from cloud.identity import secrets
from cloud.ingest.door import Door
from cloud.ingest.intake import Intake
from cloud.metrics import Metrics
from cloud.senders.log import Log
from cloud.senders.mail import Mail
from cloud.senders.senders import AnySender
from cloud.store import gateways, people, sites
from cloud.store.database import Database
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds
from cloud.store.tables.schema import organisation
from protocol import codec
from protocol.messages import Answer, Batch, Receipt
from protocol.reading import Point, Reading

PASSWORD = "a long password"
SECRET = "the secret of every gateway here"


class Owner(msgspec.Struct, frozen=True):
    """One organisation and what stands in it."""

    organisation: int
    site: int
    person: str
    gateway: str


class Served(msgspec.Struct):
    """A running server and how to talk to it."""

    url: str
    app: Litestar
    database: Database
    viewers: Viewers
    news: Publisher
    health: Health
    owners: list[Owner]
    now: Callable[[], int]
    _number: int = 0

    @asynccontextmanager
    async def browser(self, owner: int | None = 0) -> AsyncIterator[httpx.AsyncClient]:
        """A client with our Origin; signed in as somebody of that organisation unless None."""
        async with httpx.AsyncClient(base_url=self.url, headers={"origin": self.url}, timeout=20) as client:
            if owner is not None:
                await sign_in(client, self.owners[owner].person, PASSWORD)
            yield client

    async def send(self, readings: Sequence[Reading], owner: int = 0, epoch: str = "e1") -> Receipt:
        """A batch over HTTPS, receipted."""
        self._number += 1
        points = [Point(name, "m", 60.0) for name in dict.fromkeys(one.point for one in readings)]
        batch = Batch(epoch=epoch, number=self._number, points=points, series=codec.pack(readings, points))
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            answer = await client.post(
                "/api/v1/ingest",
                content=codec.compress(codec.encode(batch)),
                auth=(self.owners[owner].gateway, SECRET),
            )
        assert answer.status_code == 200, answer.text
        message = codec.decode(codec.decompress(answer.content))
        assert isinstance(message, Answer)
        (receipt,) = message.messages
        assert isinstance(receipt, Receipt)
        return receipt


async def sign_in(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await client.post("/api/v1/session", json={"name": name, "password": password})


@asynccontextmanager
async def serve(
    database: Database,
    channels: ChannelsBackend | None = None,
    viewers: Viewers | None = None,
    owners: list[Owner] | None = None,
    senders: Sequence[AnySender] | None = None,
) -> AsyncIterator[Served]:
    """Everything above ingest, and the intake; no broker."""
    metrics, viewers, channels = Metrics(), viewers or Viewers(), channels or MemoryChannelsBackend()
    partitions = Partitions(database)
    await partitions.make_ahead(clock())
    news = Publisher(database, channels, clock)
    intake = Intake(database, PointIds(), "i1", metrics, news.stored, partitions, clock)
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    health = Health(database, {"intake": lambda: intake.trouble})
    parts = Parts(
        database=database,
        door=Door(database, intake, "i1", news.heard, clock),
        metrics=metrics,
        health=health,
        channels=channels,
        viewers=viewers,
        news=news,
        senders=SENDERS if senders is None else senders,
        pages=PAGES,
        clock=clock,
        public_url="http://localhost:8080",
    )
    is_up = asyncio.Event()
    app = make_app(parts, is_up)
    web = WebServer(app, listener, None, None)
    with listener:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(web.run_until_stopped())
            tasks.create_task(intake.run())
            publishing = tasks.create_task(news.run(is_up))
            await is_up.wait()
            there = owners or [await _make_owner(database, number) for number in (1, 2)]
            yield Served(url, app, database, viewers, news, health, there, clock)
            intake.stop()
            news.stop()
            await asyncio.wait([publishing])  # the channels end with the web server
            web.stop()


@pytest.fixture
async def served(database: Database) -> AsyncIterator[Served]:
    async with serve(database) as running:
        yield running


async def _make_owner(database: Database, number: int) -> Owner:
    now = clock()
    person, gateway = f"person {number}", f"gateway-{number}"
    kept = await secrets.hash_password(PASSWORD)
    async with database.writing() as connection:
        own: int = (
            await connection.execute(
                organisation.insert()
                .values(name=f"organisation {number}", created_at=now)
                .returning(organisation.c.id)
            )
        ).scalar_one()
        site = await sites.ensure(connection, own, "Chikli", "Asia/Kolkata", now)
        await gateways.add(
            connection, gateway, own, site, f"gateway {number}", secrets.hash_secret(SECRET), now
        )
        await people.add(connection, own, person, kept, "administrator", now)
    return Owner(own, site, person, gateway)


SENDERS: list[AnySender] = [Log(name="log"), Mail(name="mail", host="localhost", sender="evara@example.org")]

PAGES = Pages(
    {
        "index.html": Page(b"<!doctype html>the dashboard", None, "text/html; charset=utf-8"),
        "sw.js": Page(b"// worker", None, "text/javascript; charset=utf-8"),
        "assets/app-1a2b.js": Page(b"x" * 1000, b"packed", "text/javascript; charset=utf-8"),
    }
)
