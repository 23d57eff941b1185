"""The system under test as real processes, in both forms: one process on SQLite, or all of the large one."""

import asyncio
import os
import sqlite3
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import httpx
import msgspec

from tests import servers
from tests.faults.forks import Forks
from tests.faults.links import Connection, https, mqtt
from tests.faults.supervisor import OnDeath, Process
from tests.proxy import Proxy, proxy
from tests.servers import Mosquitto, Postgres, Redis, free_port
from tests.waiting import until_async

SITE = "Amba"
WORKERS = 2
READY_S = 60.0  # the machine may be busy
USUAL_START_S = 2.5  # until all are ready, on an idle machine


class System(msgspec.Struct, kw_only=True):
    directory: Path
    environment: dict[str, str]
    database: str  # its URL, as the test itself reaches it
    web: str  # base address
    broker_port: int
    workers: list[Process]  # what takes readings in
    api: Process  # what answers HTTP; embedded: the only worker
    postgres: Postgres | None = None
    mosquitto: Mosquitto | None = None
    redis: Redis | None = None
    database_link: Proxy | None = None  # between the cloud and PostgreSQL
    authority: Path | None = None  # of its certificate; None: plain HTTP
    forks: Forks
    slowness: float = 1.0  # how many times longer than usual the start took
    names: list[str] = []  # gateway ids
    secret: str = ""  # all gateways of a test have the same

    @property
    def processes(self) -> list[Process]:
        return self.workers if self.api in self.workers else [*self.workers, self.api]

    def links(self) -> list[Connection]:
        """Every way in, for gateways to take turns."""
        return [mqtt(self.broker_port), mqtt(self.broker_port), https(self.web)]

    async def metric(self, line: str) -> float:
        """The sum over all processes of a metric, named with its labels as /metrics prints it."""
        total = 0.0
        async with httpx.AsyncClient(timeout=10) as client:
            for process in self.processes:
                answer = await client.get(f"http://{process.environment['EVARA_LISTEN']}/metrics")
                found = [row.split()[-1] for row in answer.text.splitlines() if row.startswith(f"{line} ")]
                total += sum(map(float, found))
        return total

    async def until_ready(self, timeout_s: float = READY_S) -> None:
        """Every process says so."""
        verify = ssl.create_default_context(cafile=self.authority) if self.authority else False
        async with httpx.AsyncClient(timeout=5, verify=verify) as client:
            for process in self.processes:
                scheme = self.web.partition(":")[0]
                url = f"{scheme}://{process.environment['EVARA_LISTEN']}/health/ready"

                async def ready(url: str = url) -> bool:
                    try:
                        return (await client.get(url)).status_code == 200
                    except httpx.HTTPError:
                        return False

                try:
                    await until_async(ready, timeout_s)
                except TimeoutError:
                    raise AssertionError(f"{process.name} is not ready:\n{process.tail()}") from None


@asynccontextmanager
async def embedded(
    forks: Forks, directory: Path, gateways: int, on_death: OnDeath, data: Path | None = None
) -> AsyncIterator[System]:
    """One process on SQLite with its own broker. `data`: its data directory, if it is to lie elsewhere."""
    web, broker = free_port(), free_port()
    data = data or directory / "cloud"
    environment = clean_environment() | {
        "EVARA_DATA_DIR": str(data),
        "EVARA_LISTEN": f"127.0.0.1:{web}",
        "EVARA_BROKER": f"embedded://127.0.0.1:{broker}",
    }
    names, secret = await _add_gateways(forks, directory, environment, gateways)
    with closing(sqlite3.connect(data / "evara.db")) as database:
        for statement in _copies(names):
            database.execute(statement)
        database.commit()
    process = Process("cloud", forks.start, ["cloud", "serve"], environment, directory, on_death)
    system = System(
        directory=directory, environment=environment, database=f"sqlite:///{data / 'evara.db'}",
        web=f"http://127.0.0.1:{web}", broker_port=broker, workers=[process], api=process,
        forks=forks, names=names, secret=secret,
    )  # fmt: skip
    async with _running(system):
        yield system


@asynccontextmanager
async def scaled(
    forks: Forks, directory: Path, gateways: int, on_death: OnDeath, linked: bool = False
) -> AsyncIterator[System]:
    """PostgreSQL, mosquitto, Redis, ingest workers, one API server. `linked`: a proxy before the database."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(servers.postgres())
        redis = stack.enter_context(servers.redis())
        link = stack.enter_context(proxy(postgres.port)) if linked else None
        web, broker = free_port(), free_port()
        credential = directory / "broker.credential"
        credential.write_text("cloud:test\n")
        environment = clean_environment() | {
            "EVARA_DATA_DIR": str(directory / "cloud"),
            "EVARA_DATABASE": _database_url(link.port if link else postgres.port),
            "EVARA_REDIS": redis.url,
            "EVARA_LISTEN": f"127.0.0.1:{web}",
            "EVARA_BROKER": f"mqtt://127.0.0.1:{broker}",
            "EVARA_BROKER_CREDENTIAL_FILE": str(credential),
        }
        names, secret = await _add_gateways(forks, directory, environment, gateways)
        postgres.sql(";".join(_copies(names)) or "SELECT 1")
        broker_server = stack.enter_context(await _mosquitto(forks, environment, directory, broker))
        serve = ["cloud", "serve"]
        workers = [
            Process(f"worker-{number}", forks.start, serve, _worker(environment, number), directory, on_death)
            for number in range(WORKERS)
        ]
        api_environment = environment | {"EVARA_MODE": "api"}
        api = Process("api", forks.start, serve, api_environment, directory, on_death)
        system = System(
            directory=directory, environment=environment, database=postgres.url(),
            web=f"http://127.0.0.1:{web}", broker_port=broker, workers=workers, api=api,
            postgres=postgres, mosquitto=broker_server, redis=redis,
            database_link=link, forks=forks, names=names, secret=secret,
        )  # fmt: skip
        await stack.enter_async_context(_running(system))
        yield system


def _database_url(port: int) -> str:
    # Without the question for TLS a proxy sees nothing but whole messages.
    return f"postgresql://postgres@127.0.0.1:{port}/postgres?ssl=disable"


def clean_environment() -> dict[str, str]:
    """Ours without settings of Evara."""
    return {name: value for name, value in os.environ.items() if not name.startswith("EVARA_")}


async def command(forks: Forks, environment: dict[str, str], log: Path, *arguments: str) -> str:
    """Run `evara-cloud ...` to its end; what it prints."""
    child = await forks.start(["cloud", *arguments], environment, log)
    async with asyncio.timeout(READY_S):
        code = await child.wait()
    printed = await asyncio.to_thread(log.read_text)
    assert code == 0, f"evara-cloud {' '.join(arguments)}:\n{printed[-3000:]}"
    return printed


@asynccontextmanager
async def _running(system: System) -> AsyncIterator[None]:
    since = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one.run(), name=one.name) for one in system.processes]
        try:
            await system.until_ready()
            system.slowness = max(1.0, (time.monotonic() - since) / USUAL_START_S)
            yield
        finally:
            for task in running:
                task.cancel()


def _worker(environment: dict[str, str], number: int) -> dict[str, str]:
    """An ingest worker with a data directory and a port of its own."""
    return environment | {
        "EVARA_MODE": "ingest",
        "EVARA_DATA_DIR": f"{environment['EVARA_DATA_DIR']}-{number}",
        "EVARA_LISTEN": f"127.0.0.1:{free_port()}",
    }


async def _mosquitto(
    forks: Forks, environment: dict[str, str], directory: Path, port: int
) -> AbstractContextManager[Mosquitto]:
    """A broker with the configuration that the cloud writes for it, passwords and access rules included."""
    place = directory / "mosquitto"
    await command(forks, environment, directory / "mosquitto.log", "mosquitto", str(place))
    config = place / "mosquitto.conf"
    if os.geteuid() == 0:
        _keep_root(config)
    return servers.mosquitto(config=config, port=port)


def _keep_root(config: Path) -> None:
    # mosquitto leaves root's rights by itself and then can't read what only root may.
    config.write_text(config.read_text() + "user root\n")


async def _add_gateways(
    forks: Forks, directory: Path, environment: dict[str, str], count: int
) -> tuple[list[str], str]:
    """The first in the way that people do it; the others are copies of its row: a second each is too slow."""
    words = ["gateway", "add", "amba", "--site", SITE, "--out", str(directory)]
    await command(forks, environment, directory / "gateway-add.log", *words)
    first, secret = _credential(directory)
    return [first, *(f"{first}-{number}" for number in range(1, count))], secret


def _copies(names: Sequence[str]) -> Iterator[str]:
    for name in names[1:]:
        yield (
            "INSERT INTO gateway (id, organisation_id, site_id, label, secret_hash, created_at, breakers)"  # noqa: S608
            f" SELECT '{name}', organisation_id, site_id, '{name}', secret_hash, created_at, breakers"
            f" FROM gateway WHERE id = '{names[0]}'"
        )


def _credential(directory: Path) -> tuple[str, str]:
    (file,) = directory.glob("amba-*.credential")
    gateway, secret = file.read_text().strip().split(":")
    return gateway, secret
