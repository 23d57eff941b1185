"""What is said when there is no connection: the place, the next step, and never the secret."""

import gc
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.certificates import ServerFiles
from tests.edge_agent.site import CREDENTIAL, SECRET, Site
from tests.fakes.cloud import Cloud, served_by_broker, served_by_https
from tests.servers import Mosquitto, mosquitto

# httpcore leaves a connection to the garbage collector if it is cancelled in the TLS handshake.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collect() -> Iterator[None]:
    """Here and not in a test that has nothing to do with it."""
    yield
    gc.collect()


async def trouble(
    site: Site, broker: str | None = None, url: str | None = None, ca_file: Path | None = None
) -> str:
    """What is noted when it can't connect."""

    async with site.linked(broker, url, ca_file=ca_file):
        await site.noted("trouble", "")
        return (await site.outbox.notes())["trouble"]


@pytest.fixture
def closed_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """With a password that nobody has."""
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    passwords.chmod(0o600)
    with mosquitto("allow_anonymous false", f"password_file {passwords}") as running:
        yield running


async def test_a_credential_that_a_broker_refuses(site: Site, closed_broker: Mosquitto) -> None:
    sentence = await trouble(site, closed_broker.url)
    assert sentence.startswith(f"{closed_broker.url} refuses the credential of amba-7k3q: check")
    assert SECRET not in sentence


async def test_a_credential_that_a_server_refuses(site: Site) -> None:
    async with served_by_https(Cloud(), "amba-7k3q:another") as port:
        sentence = await trouble(site, url=f"http://127.0.0.1:{port}")
    assert sentence.startswith(f"http://127.0.0.1:{port} refuses the credential of amba-7k3q: check")
    assert SECRET not in sentence


def address(way: str, port: int, host: str = "127.0.0.1") -> tuple[str | None, str | None]:
    """`broker` and `url` for one way."""
    place = f"{way}://{host}:{port}"
    return (None, place) if way.startswith("http") else (place, None)


@pytest.mark.parametrize("way", ["mqtt", "http"])
async def test_a_place_where_nobody_listens(site: Site, unused_tcp_port: int, way: str) -> None:
    sentence = await trouble(site, *address(way, unused_tcp_port))
    assert sentence == (
        f"{way}://127.0.0.1:{unused_tcp_port} refuses connections: "
        "check that the server runs, and the port in agent.toml"
    )


@pytest.mark.parametrize("way", ["mqtts", "https"])
async def test_a_name_that_nobody_knows(site: Site, way: str) -> None:
    sentence = await trouble(site, *address(way, 8883, "evara.invalid"))
    assert sentence.startswith("the name evara.invalid can't be resolved: check")


@pytest.mark.parametrize("way", ["mqtts", "https"])
@pytest.mark.parametrize("host", ["evara..example", "x" * 64 + ".example"])
async def test_a_name_that_can_be_none(site: Site, way: str, host: str) -> None:
    """It ends no agent: the outbox records, and who mends the name finds it all there."""
    sentence = await trouble(site, *address(way, 8883, host))
    assert sentence.startswith(f"the name {host} can't be resolved: check")


@pytest.mark.parametrize("way", ["mqtt", "http"])
async def test_a_place_that_takes_connections_and_says_nothing(site: Site, way: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        sentence = await trouble(site, *address(way, port))
    assert sentence == f"{way}://127.0.0.1:{port} does not answer: check the network and any firewall between"


@pytest.mark.parametrize("way", ["mqtts", "https"])
async def test_a_certificate_by_an_unknown_authority(site: Site, secure: dict[str, int], way: str) -> None:
    sentence = await trouble(site, *address(way, secure[way]))
    assert sentence.startswith(f"the certificate of {way}://127.0.0.1:{secure[way]} is not trusted (")
    assert sentence.endswith("): check ca_file in agent.toml and this machine's clock")


@pytest.mark.parametrize("way", ["mqtts", "https"])
async def test_tls_by_the_authority_of_the_settings(
    site: Site, secure: dict[str, int], certificates: ServerFiles, way: str
) -> None:
    await site.record(10)
    async with site.linked(*address(way, secure[way]), ca_file=certificates.authority):
        await site.drained()


@pytest.mark.parametrize("way", ["mqtts", "https"])
async def test_tls_where_there_is_none(
    site: Site, broker: Mosquitto, certificates: ServerFiles, way: str
) -> None:
    sentence = await trouble(site, *address(way, broker.port), ca_file=certificates.authority)
    assert sentence.startswith(f"{way}://127.0.0.1:{broker.port} ")


async def test_authorities_that_are_none(site: Site, broker: Mosquitto, tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("")
    sentence = await trouble(site, broker.url, ca_file=empty)
    assert sentence.startswith(f"{empty} has no certificates that can be read (")


@pytest.fixture
async def secure(certificates: ServerFiles) -> AsyncIterator[dict[str, int]]:
    """Ports of a cloud behind TLS, by way."""
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(certificates.certificate, certificates.key)
    cloud = Cloud()
    with mosquitto(tls=certificates) as broker:
        async with (
            served_by_https(cloud, CREDENTIAL, trust) as port,
            served_by_broker(cloud, broker.port, certificates.authority),
        ):
            yield {"mqtts": broker.port, "https": port}
