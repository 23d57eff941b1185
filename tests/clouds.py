"""Real clouds: `evara-cloud serve` in processes of their own, embedded or on servers, kept over restarts.

    with clouds.embedded(tmp_path) as cloud:
        gateway = cloud.add_gateway("amba", site="Chikli")
        with cloud.sign_in() as people:
            people.get("/api/v1/sites").json()

Every method returns once it is so: `start` when all processes are ready, `stop` when they are gone.
"""

import contextlib
import os
import signal
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec

from tests.certificates import ServerFiles
from tests.cloud_process import COMMAND, CloudProcess
from tests.server import free_port
from tests.servers import Mosquitto, Redis

_ROOT = Path(__file__).parent.parent


class Gateway(msgspec.Struct, frozen=True):
    """What `evara-cloud gateway add` gave."""

    id: str
    secret: str
    credential: Path
    document: str  # agent.toml

    @property
    def login(self) -> tuple[str, str]:
        """For HTTP Basic."""
        return self.id, self.secret


class Cloud:
    """One or several processes on one database."""

    def __init__(
        self,
        directory: Path,
        settings: Mapping[str, str],
        modes: Sequence[str] = ("all_in_one",),
        broker: Mosquitto | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.data_dir = directory / "data"
        self.settings = {"PYTHONPATH": str(_ROOT), "EVARA_DATA_DIR": str(self.data_dir), **settings}
        self.processes = [CloudProcess(directory, self.settings, mode, trusted) for mode in modes]
        self.broker = broker  # None: embedded
        self.trusted = trusted

    @property
    def web(self) -> CloudProcess:
        """The process that people and HTTPS gateways talk to."""
        return next(process for process in self.processes if process.mode != "ingest")

    @property
    def ingesting(self) -> list[CloudProcess]:
        return [process for process in self.processes if process.mode != "api"]

    @property
    def url(self) -> str:
        return self.web.url

    @property
    def port(self) -> int:
        return self.web.port

    @property
    def broker_port(self) -> int:
        """Of MQTT, wherever the broker runs."""
        return self.broker.port if self.broker else int(self.settings["EVARA_BROKER"].rpartition(":")[2])

    def start(self) -> None:
        """All processes at once, as a supervisor would."""
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(process.start) for process in self.processes]:
                started.result()

    def stop(self) -> None:
        for process in self.processes:
            process.stop()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def run(self, *arguments: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Another command of evara-cloud, with the same settings; a failure is in `returncode`."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env={**os.environ, **self.web.settings},
            cwd=self.directory,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def add_gateway(
        self, name: str, site: str = "Chikli", out: Path | None = None, zone: str = "Asia/Kolkata"
    ) -> Gateway:
        """`gateway add`; mosquitto is told, if there is one. `out`: the agent's directory."""
        place = out or self.directory / "gateways"
        done = self.run("gateway", "add", name, "--site", site, "--zone", zone, "--out", str(place))
        assert done.returncode == 0, done.stderr
        (line,) = (line for line in done.stdout.splitlines() if line.startswith("credential_file"))
        credential = place / line.partition('"')[2].rstrip('"')
        key, _, secret = credential.read_text().strip().partition(":")
        self.tell_broker()
        return Gateway(key, secret, credential, done.stdout)

    def revoke(self, gateway: Gateway) -> None:
        done = self.run("gateway", "revoke", gateway.id)
        assert done.returncode == 0, done.stderr
        self.tell_broker()

    def tell_broker(self) -> None:
        """mosquitto reads who may sign in."""
        if self.broker is None:
            return
        place = self.broker.config.parent
        done = self.run("mosquitto", str(place))
        assert done.returncode == 0, done.stderr
        written = (place / "mosquitto.conf").read_text()
        # As root mosquitto would become another user, who can't read what is ours.
        self.broker.config.write_text(("user root\n" if os.geteuid() == 0 else "") + written)
        if self.broker.process is not None:
            self.broker.process.send_signal(signal.SIGHUP)

    @property
    def password(self) -> str:
        """Of `admin`, as the first start made it."""
        return (self.data_dir / "admin-password").read_text().strip()

    @contextlib.contextmanager
    def sign_in(self, name: str = "admin", password: str | None = None) -> Iterator[httpx.Client]:
        """A browser that is signed in."""
        with httpx.Client(
            base_url=self.url, verify=self.trusted or True, timeout=30, headers={"origin": self.url}
        ) as client:
            credentials = {"name": name, "password": password or self.password}
            answer = client.post("/api/v1/session", json=credentials)
            assert answer.status_code == 200, answer.text
            yield client

    def logs(self) -> str:
        return "\n".join(process.log.read_text() for process in self.processes if process.log.exists())


@contextlib.contextmanager
def embedded(
    directory: Path, settings: Mapping[str, str] | None = None, tls: ServerFiles | None = None
) -> Iterator[Cloud]:
    """One process on SQLite with the embedded broker on a fixed port, which gateways are told."""
    broker = f"127.0.0.1:{free_port()}"
    chosen = {"EVARA_BROKER": f"embedded://{broker}", "EVARA_PUBLIC_BROKER": f"mqtt://{broker}"}
    yield from _running(Cloud(directory, chosen | _tls(tls) | (dict(settings or {})), trusted=_trust(tls)))


@contextlib.contextmanager
def scaled(
    directory: Path,
    database: str,
    redis: Redis,
    modes: Sequence[str] = ("all_in_one",),
    settings: Mapping[str, str] | None = None,
    tls: ServerFiles | None = None,
) -> Iterator[Cloud]:
    """Processes on PostgreSQL and Redis, with a mosquitto of their own that lets in who has a credential.

    `database`: the URL of an empty one, as the fixture postgres_url has it.
    """
    place = directory / "mosquitto"
    place.mkdir(parents=True)
    login = directory / "broker.credential"
    login.write_text("cloud:a-password-of-the-cloud\n")
    broker = Mosquitto(place, config=place / "run.conf")
    chosen = {
        "EVARA_DATABASE": database,
        "EVARA_REDIS": redis.url,
        "EVARA_BROKER": broker.url,
        "EVARA_PUBLIC_BROKER": broker.url,
        "EVARA_BROKER_CREDENTIAL_FILE": str(login),
    }
    cloud = Cloud(
        directory, chosen | _tls(tls) | dict(settings or {}), modes, broker=broker, trusted=_trust(tls)
    )
    cloud.tell_broker()
    broker.start()
    try:
        yield from _running(cloud)
    finally:
        broker.kill()


def _running(cloud: Cloud) -> Iterator[Cloud]:
    try:
        cloud.start()
        yield cloud
    finally:
        cloud.kill()


def _tls(files: ServerFiles | None) -> dict[str, str]:
    if files is None:
        return {}
    return {
        "EVARA_TLS_CERTIFICATE_FILE": str(files.certificate),
        "EVARA_TLS_KEY_FILE": str(files.key),
        "EVARA_CA_FILE": str(files.authority),
    }


def _trust(files: ServerFiles | None) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(files.authority)) if files else None
