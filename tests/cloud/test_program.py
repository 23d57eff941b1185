"""Real processes: starting, refusing to start, stopping, dying; the command line; both forms."""

import asyncio
import signal
import time
from pathlib import Path

import aiomqtt
import httpx
import psutil
import pytest

from cloud.api.app import DOCUMENT
from cloud.api.server import listen
from cloud.program import Died, Job, run
from protocol import codec
from protocol.messages import Batch, Receipt
from protocol.reading import Point, Reading
from tests import clouds, servers
from tests.certificates import ServerFiles
from tests.clouds import Cloud, Gateway
from tests.servers import Postgres, Redis
from tests.waiting import until

POINTS = [Point("oht-1/level", "m", 60.0)]
IDLE_MB = 120


def batch(number: int, at: int, value: float) -> bytes:
    series = codec.pack([Reading("oht-1/level", at, value)], POINTS)
    return codec.encode(Batch(epoch="e1", number=number, points=POINTS, series=series))


async def send(cloud: Cloud, gateway: Gateway, body: bytes) -> Receipt:
    """A batch over MQTT, receipted."""
    topic = f"evara/v1/{gateway.id}"
    async with aiomqtt.Client(
        "127.0.0.1", cloud.broker_port, username=gateway.id, password=gateway.secret, identifier=gateway.id
    ) as client:
        await client.subscribe(f"{topic}/down/receipt", 1)
        await client.publish(f"{topic}/up/batch", body, qos=1)
        async with asyncio.timeout(20):
            async for message in client.messages:
                receipt = codec.decode(codec.decompress(bytes(message.payload)))
                assert isinstance(receipt, Receipt)
                return receipt
    raise AssertionError("the connection ended")


def newest(cloud: Cloud) -> float:
    with cloud.sign_in() as people:
        (point,) = people.get("/api/v1/points").json()
        return float(point["latest"]["value"])


def test_the_embedded_cloud_lives_small_and_comes_back_with_its_data(tmp_path: Path) -> None:
    with clouds.embedded(tmp_path) as cloud:
        gateway = cloud.add_gateway("Amba Tank 1", site="Chikli")
        assert gateway.id.startswith("amba-tank-1-")
        now = time.time_ns() // 1_000_000
        asyncio.run(send(cloud, gateway, batch(1, now, 1.5)))
        assert newest(cloud) == 1.5
        process = psutil.Process(cloud.web.pid)
        assert process.memory_info().rss < IDLE_MB * 2**20
        maps = Path(f"/proc/{cloud.web.pid}/maps").read_text()
        assert "asyncpg" not in maps, "what the embedded form does not need is not loaded"

        _refuse_a_second_server(cloud)
        password = cloud.password
        cloud.kill()
        cloud.start()
        assert cloud.password == password
        assert asyncio.run(send(cloud, gateway, batch(1, now, 1.5))).mark == 1
        assert newest(cloud) == 1.5

        cloud.revoke(gateway)
        answer = httpx.post(f"{cloud.url}/api/v1/ingest", content=batch(2, now, 1.5), auth=gateway.login)
        assert answer.status_code == 401

        began = time.monotonic()
        assert cloud.web.process is not None
        cloud.web.process.send_signal(signal.SIGTERM)
        assert cloud.web.process.wait(12) == 0
        assert time.monotonic() - began < 10
        assert cloud.password not in cloud.logs(), "the log says where the password is, never what it is"
        assert gateway.secret not in cloud.logs()


def _refuse_a_second_server(cloud: Cloud) -> None:
    second = Cloud(cloud.directory, cloud.settings)
    refused = second.run("serve")
    assert refused.returncode == 2
    assert f"in use by process {cloud.web.pid}" in refused.stderr
    assert cloud.web.accepts(), "the first one is not disturbed"


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, {})
    with listen("127.0.0.1", cloud.port):
        refused = cloud.run("serve")
    assert refused.returncode == 2
    assert f"EVARA_LISTEN: can't listen on 127.0.0.1:{cloud.port}" in refused.stderr


def test_over_tls_the_cookie_is_secure(tmp_path: Path, certificates: ServerFiles) -> None:
    with clouds.embedded(tmp_path, tls=certificates) as cloud, cloud.sign_in() as people:
        assert cloud.url.startswith("https://")
        assert people.get("/api/v1/session").status_code == 200
        answer = people.post("/api/v1/session", json={"name": "admin", "password": cloud.password})
        assert "secure" in answer.headers["set-cookie"].lower()
        gateway = cloud.add_gateway("amba")
        assert 'ca_file = "ca.pem"' in gateway.document
        assert people.get(DOCUMENT).status_code == 200


@pytest.mark.timeout(300)  # up to four servers and three processes
@pytest.mark.parametrize("modes", [("all_in_one",), ("api", "ingest")])
def test_the_scaled_cloud(
    tmp_path: Path, postgres_url: str, redis_server: Redis, modes: tuple[str, ...]
) -> None:
    with clouds.scaled(tmp_path, postgres_url, redis_server, modes) as cloud:
        gateway = cloud.add_gateway("amba")
        now = time.time_ns() // 1_000_000
        asyncio.run(send(cloud, gateway, batch(1, now, 1.5)))
        assert newest(cloud) == 1.5
        answer = httpx.post(f"{cloud.url}/api/v1/ingest", content=batch(2, now + 1, 2.5), auth=gateway.login)
        assert answer.status_code == 200
        assert newest(cloud) == 2.5
        cloud.kill()
        cloud.start()
        asyncio.run(send(cloud, gateway, batch(3, now + 2, 3.5)))
        assert newest(cloud) == 3.5
        began = time.monotonic()
        cloud.stop()
        assert time.monotonic() - began < 10 * len(modes)


def test_a_database_that_stops_shows_in_readiness_and_in_answers(tmp_path: Path) -> None:
    try:
        with servers.postgres() as postgres, servers.redis() as redis:
            _stop_the_database(tmp_path, postgres, redis)
    except servers.Missing as missing:
        pytest.skip(str(missing))


def _stop_the_database(place: Path, postgres: Postgres, redis: Redis) -> None:
    with clouds.scaled(place, postgres.create_database("evara"), redis) as cloud, cloud.sign_in() as people:
        postgres.kill()
        until(lambda: people.get("/health/ready").status_code == 503, 15)
        assert "database" in people.get("/health/ready").json()["troubles"]
        assert people.get("/health/live").status_code == 200, "a restart would not help"
        answer = people.get("/api/v1/sites")
        assert answer.status_code == 503
        assert "try again" in answer.json()["detail"]
        postgres.start()
        until(lambda: people.get("/health/ready").status_code == 200, 30)
        assert people.get("/api/v1/sites").status_code == 200


async def test_a_job_that_ends_ends_the_program() -> None:
    cancelled = asyncio.Event()

    async def works() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def ends() -> None:
        pass

    with pytest.raises(ExceptionGroup) as died:
        await run([Job("worker", works), Job("quitter", ends)], asyncio.Event())
    assert isinstance(died.value.exceptions[0], Died)
    assert "quitter" in str(died.value.exceptions[0])
    assert cancelled.is_set()


async def test_jobs_stop_one_after_the_other_in_their_order() -> None:
    stop, ended = asyncio.Event(), []

    def job(name: str) -> Job:
        told = asyncio.Event()

        async def work() -> None:
            await told.wait()
            ended.append(name)

        return Job(name, work, told.set)

    stop.set()
    await run([job("receiver"), job("intake"), job("web")], stop)
    assert ended == ["receiver", "intake", "web"]
