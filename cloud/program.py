"""START READING HERE. Builds what the mode asks for in one straight line, and runs one named task per job."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import msgspec
import structlog
from litestar.channels.backends.base import ChannelsBackend
from litestar.channels.backends.memory import MemoryChannelsBackend

from cloud import data_directory
from cloud.alerting.deliver import Deliverer
from cloud.alerting.run import Alerting
from cloud.alerting.seed import ensure_rules
from cloud.api import pages
from cloud.api.app import Parts, make_app, make_health_app
from cloud.api.health import Health
from cloud.api.live import Viewers
from cloud.api.news import Publisher
from cloud.api.server import WebServer, listen
from cloud.clock import clock
from cloud.config import Settings
from cloud.errors import Unready
from cloud.identity.access import read_login
from cloud.identity.first_start import ensure_administrator
from cloud.ingest.broker import embedded_broker
from cloud.ingest.door import Door
from cloud.ingest.intake import Intake
from cloud.ingest.link import BrokerLogin
from cloud.ingest.receive import Receiver
from cloud.ingest.write import Stored
from cloud.metrics import Metrics
from cloud.store.database import open_database
from cloud.store.incarnation import incarnation
from cloud.store.migrate import upgrade
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds
from cloud.tasks.downward import send_down
from cloud.tasks.upkeep import keep_up

log = structlog.get_logger()

_STOP_WITHIN_S = 9.5  # of SIGTERM; supervisors kill after ten


class Died(Exception):
    """A job that should run for ever ended."""


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop`, then end in order. Raises Unready at start; a job that dies ends all the others."""
    async with AsyncExitStack() as stack:
        # What must be there before anything runs.
        if settings.is_sqlite:
            stack.enter_context(data_directory.lock(settings.data_dir))
        address = urlsplit(f"//{settings.listen}")
        listener = stack.enter_context(listen(address.hostname or "", address.port or 0))
        await upgrade(settings.database_url)
        database = await open_database(settings.database_url)
        stack.push_async_callback(database.close)
        await ensure_administrator(database, settings.data_dir, clock())
        await ensure_rules(database, clock())
        life = await incarnation(database)
        partitions = Partitions(database)
        await partitions.make_ahead(clock())

        # From the gateway to the commit, and from the commit to the viewer.
        metrics, viewers = Metrics(), Viewers()
        channels = _open_channels(settings, viewers)
        news = Publisher(database, channels, clock)

        def on_stored(sites: dict[int, Stored]) -> None:
            news.stored(sites)
            alerting.wake()

        intake = Intake(database, PointIds(), life, metrics, on_stored, partitions, clock)
        door = Door(database, intake, life, news.heard, clock)
        worker = f"{socket.gethostname()}-{listener.getsockname()[1]}"
        receiver = None
        if settings.mode != "api":
            if settings.is_broker_embedded:
                port = urlsplit(settings.broker).port or 0
                login = await stack.enter_async_context(embedded_broker(database, port))
                log.info("embedded broker listens", port=login.port)
            else:
                login = _read_broker_login(settings)
            receiver = Receiver(login, worker, door, metrics)

        # From the stored transition to whoever is told of its alert.
        def is_hearing() -> bool:
            return receiver is not None and receiver.trouble is None and intake.trouble is None

        deliverer = Deliverer(database, settings.channels, settings.url, worker, metrics, clock)
        alerting = Alerting(database, worker, is_hearing, deliverer.wake, news.alerts, metrics, clock)

        # The door for people, and for gateways that use HTTPS.
        health = Health(
            database,
            {
                "program": lambda: "the server is stopping" if stop.is_set() else None,
                "intake": lambda: intake.trouble,
                "receiver": lambda: receiver.trouble if receiver else None,
            },
        )
        parts = Parts(
            database=database,
            door=door,
            metrics=metrics,
            health=health,
            channels=channels,
            viewers=viewers,
            news=news,
            senders=settings.channels,
            pages=pages.read_pages(pages.DIRECTORY),
            clock=clock,
            public_url=settings.url,
        )
        is_up = asyncio.Event()
        app = make_health_app(parts, is_up) if settings.mode == "ingest" else make_app(parts, is_up)
        web = WebServer(app, listener, settings.tls_certificate_file, settings.tls_key_file)

        # In the order in which they stop: what came in is committed, what is committed is told.
        jobs = [Job("receiver", receiver.run, receiver.stop)] if receiver else []
        jobs += [
            Job("intake", intake.run, intake.stop),
            Job("news", lambda: news.run(is_up), news.stop),
            Job("web server", web.run_until_stopped, web.stop),
        ]
        if receiver:
            jobs.append(Job("alerting", alerting.run, alerting.stop))
            jobs.append(Job("deliver", deliverer.run, deliverer.stop))
            jobs.append(Job("downward", lambda: send_down(database, receiver, life, clock)))
        if settings.mode != "api":
            jobs.append(Job("upkeep", lambda: keep_up(database, partitions, clock)))
        # What lives as long as the program is not looked at again by the garbage collector, which every
        # batch wakes.
        gc.collect()
        gc.freeze()
        await run(jobs, stop)
        log.info("stopped")


class Job(msgspec.Struct, frozen=True):
    """What runs until it is told to stop; without `stop` it is cancelled."""

    name: str
    run: Callable[[], Awaitable[None]]
    stop: Callable[[], None] | None = None


async def run(jobs: Sequence[Job], stop: asyncio.Event) -> None:
    """One task per job. A job that ends by itself or fails ends the others, and this raises."""
    async with asyncio.TaskGroup() as tasks:
        running = [(job, tasks.create_task(_keep(job, stop), name=job.name)) for job in jobs]
        await stop.wait()
        log.info("stopping")
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                for job, task in running:
                    if job.stop:
                        job.stop()
                    else:
                        task.cancel()
                    await asyncio.wait([task])
        except TimeoutError:
            log.warning("not everything stopped in time; what was not receipted comes again")
            for _, task in running:
                task.cancel()


async def _keep(job: Job, stop: asyncio.Event) -> None:
    await job.run()
    if not stop.is_set():
        raise Died(f"{job.name} ended by itself")


def _open_channels(settings: Settings, viewers: Viewers) -> ChannelsBackend:
    if not settings.redis:
        return MemoryChannelsBackend()
    # Imported here: the embedded cloud lives without the redis client.
    from cloud.api.redis_channels import SurvivingPubSub

    return SurvivingPubSub(settings.redis, viewers.tell_gap)


def _read_broker_login(settings: Settings) -> BrokerLogin:
    address = urlsplit(settings.broker)
    is_tls = address.scheme == "mqtts"
    if settings.broker_credential_file is None or address.hostname is None:
        raise Unready("EVARA_BROKER: a broker needs a host and broker_credential_file")
    login = read_login(settings.broker_credential_file)
    return BrokerLogin(
        host=address.hostname,
        port=address.port or (8883 if is_tls else 1883),
        username=login.username,
        password=login.password,
        tls=is_tls,
        ca_file=str(settings.broker_ca_file) if settings.broker_ca_file else None,
    )
