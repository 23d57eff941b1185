"""The generated mosquitto configuration, against a real mosquitto with real credentials."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from cloud.errors import Unready
from cloud.identity import secrets
from cloud.identity.access import Listener, Login, read_login, share_group, write_mosquitto
from tests import servers
from tests.servers import Missing, Mosquitto, free_port

LOGIN = Login("cloud", "the cloud's password")
GATEWAYS = {"amba-7k3q": "secret of amba", "bara-2222": "secret of bara"}
OWN_UP = "evara/v1/amba-7k3q/up/batch"


def write(directory: Path, port: int, gateways: dict[str, str], gateways_only: bool = False) -> None:
    listener = Listener(port, "127.0.0.1", None, None, gateways_only)
    hashes = [(key, secrets.hash_secret(secret)) for key, secret in gateways.items()]
    write_mosquitto(directory, [listener], LOGIN, hashes)
    written = directory / "mosquitto.conf"
    # Our files are ours alone; a mosquitto that starts as root would become somebody else.
    written.write_text("user root\n" + written.read_text())


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    port = free_port()
    write(tmp_path, port, GATEWAYS)
    try:
        with servers.mosquitto(config=tmp_path / "mosquitto.conf", port=port) as running:
            yield running
    except Missing as missing:
        pytest.skip(str(missing))


@asynccontextmanager
async def signed_in(
    broker: Mosquitto, name: str, password: str, key: str | None = None
) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username=name, password=password, identifier=key or name, timeout=5
    ) as client:
        yield client


def cloud(broker: Mosquitto, key: str = "cloud") -> contextlib.AbstractAsyncContextManager[aiomqtt.Client]:
    return signed_in(broker, LOGIN.username, LOGIN.password, key)


def amba(broker: Mosquitto) -> contextlib.AbstractAsyncContextManager[aiomqtt.Client]:
    return signed_in(broker, "amba-7k3q", GATEWAYS["amba-7k3q"])


async def heard(client: aiomqtt.Client, last: bytes = b"last") -> list[tuple[str, bytes]]:
    """Everything up to the message `last`."""
    found: list[tuple[str, bytes]] = []
    async with asyncio.timeout(10):
        async for message in client.messages:
            if message.payload == last:
                return found
            found.append((message.topic.value, bytes(message.payload)))
    raise AssertionError("the connection ended")


async def test_who_is_let_in(broker: Mosquitto) -> None:
    async with amba(broker), cloud(broker):
        pass
    for name, password in (
        ("amba-7k3q", "wrong"),
        ("amba-7k3q", GATEWAYS["bara-2222"]),
        ("nobody", "x"),
        ("cloud", GATEWAYS["amba-7k3q"]),
        ("", ""),
    ):
        with pytest.raises(aiomqtt.MqttError):
            async with signed_in(broker, name, password, "key"):
                pass


async def test_a_gateway_publishes_below_its_own_up_only(broker: Mosquitto) -> None:
    async with cloud(broker) as reader, amba(broker) as gateway:
        await reader.subscribe([("evara/v1/#", 1), ("#", 1)])
        for topic in (
            "evara/v1/bara-2222/up/batch",
            "evara/v1/amba-7k3q/down/receipt",
            "evara/v1/bara-2222/down/receipt",
            "elsewhere",
        ):
            await gateway.publish(topic, b"forged", qos=1)
            await gateway.publish(topic, b"forged", qos=1, retain=True)
        await gateway.publish(OWN_UP, b"mine", qos=1)
        await gateway.publish(OWN_UP, b"last", qos=1)
        assert {(OWN_UP, b"mine")} == set(await heard(reader))


async def test_a_gateway_reads_its_own_down_only(broker: Mosquitto) -> None:
    async with cloud(broker) as writer, amba(broker) as gateway:
        await gateway.subscribe([("#", 1), ("evara/v1/+/down/#", 1), ("$SYS/#", 1), ("evara/v1/+/up/#", 1)])
        await writer.publish("evara/v1/bara-2222/down/receipt", b"another's", qos=1)
        async with signed_in(broker, "bara-2222", GATEWAYS["bara-2222"]) as other:
            await other.publish("evara/v1/bara-2222/up/batch", b"another's", qos=1)
        await writer.publish("evara/v1/amba-7k3q/down/receipt", b"mine", qos=1)
        await writer.publish("evara/v1/amba-7k3q/down/receipt", b"last", qos=1)
        topics = {topic for topic, _ in await heard(gateway)}
        assert topics == {"evara/v1/amba-7k3q/down/receipt"}


async def test_a_gateway_that_guesses_at_the_share_steals_nothing(broker: Mosquitto) -> None:
    group = share_group(LOGIN.password)
    assert group != share_group("another")
    async with cloud(broker) as worker, amba(broker) as gateway:
        await worker.subscribe(f"$share/{group}/evara/v1/+/up/#", 1)
        for guess in ("ingest", "cloud", "evara", "ingest-"):
            with contextlib.suppress(aiomqtt.MqttError):
                await gateway.subscribe(f"$share/{guess}/evara/v1/+/up/#", 1)
        async with signed_in(broker, "bara-2222", GATEWAYS["bara-2222"]) as other:
            for number in range(50):
                await other.publish("evara/v1/bara-2222/up/batch", str(number).encode(), qos=1)
            await other.publish("evara/v1/bara-2222/up/batch", b"last", qos=1)
        assert [int(payload) for _, payload in await heard(worker)] == list(range(50))


async def test_a_change_is_taken_over_without_a_restart(broker: Mosquitto) -> None:
    assert broker.process is not None
    async with amba(broker):
        pass
    write(broker.config.parent, broker.port, {"bara-2222": "a new secret"})
    broker.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(10):
        while True:
            try:
                async with signed_in(broker, "bara-2222", "a new secret"):
                    break
            except aiomqtt.MqttError:
                continue
    with pytest.raises(aiomqtt.MqttError):
        async with amba(broker):
            pass


async def test_on_a_listener_for_gateways_nobody_takes_over_anothers_connection(tmp_path: Path) -> None:
    port = free_port()
    write(tmp_path, port, GATEWAYS, gateways_only=True)
    try:
        with servers.mosquitto(config=tmp_path / "mosquitto.conf", port=port) as running:
            async with amba(running) as gateway:
                async with signed_in(running, "bara-2222", GATEWAYS["bara-2222"], "amba-7k3q"):
                    pass
                await gateway.publish(OWN_UP, b"still here", qos=1)
    except Missing as missing:
        pytest.skip(str(missing))


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    write_mosquitto(tmp_path, [], LOGIN, [])
    for name in ("passwords", "acl", "mosquitto.conf"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    assert LOGIN.password not in (tmp_path / "passwords").read_text()


def test_a_login_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "login"
    file.write_text("cloud:with:colons\n")
    assert read_login(file) == Login("cloud", "with:colons")
    for text in ("", "cloud", "cloud:", ":x"):
        file.write_text(text)
        with pytest.raises(Unready, match="USER:PASSWORD"):
            read_login(file)
