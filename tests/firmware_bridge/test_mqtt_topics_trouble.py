"""A broker that refuses us, cannot be found, is not whom we trust, or is an old one."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import pytest

from firmware_bridge.mqtt_topics.mqtt_topics import MqttTopics
from firmware_bridge.source import SourceError
from tests.certificates import ServerFiles
from tests.firmware_bridge.lan_broker import DEVICES, listening, publisher, reaches, ready, source
from tests.firmware_bridge.taken import Taken
from tests.servers import Mosquitto, free_port, mosquitto

# paho leaves the sockets of failed TLS handshakes to the collector; that is its business, not ours.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Here, not in a test that did not leave them."""
    yield
    gc.collect()


def at(broker: str, **files: str) -> MqttTopics:
    settings = {"kind": "mqtt_topics", "name": "lan", "broker": broker, "devices": DEVICES}
    return msgspec.convert(settings | files, MqttTopics)


async def trouble(source: MqttTopics) -> str:
    with pytest.raises(SourceError) as caught:
        async with asyncio.timeout(15):
            await source.feed(Taken().put, "before")
    return str(caught.value)


async def test_a_refused_credential_is_named_and_never_shown(tmp_path: Path) -> None:
    credential = tmp_path / "lan.credential"
    credential.write_text("technician:hunter2\n")
    with mosquitto("allow_anonymous false") as broker:
        said = await trouble(source(broker, credential_file=str(credential)))
        assert said == f"{broker.url} refuses the credential: check credential_file"
        assert await trouble(source(broker)) == said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(None, "cannot be read: No such file or directory;", id="missing"),
        pytest.param(b"hunter2", "holds no user:password", id="no user"),
        pytest.param(b"a:b\nc:d", "holds no user:password", id="two lines"),
        pytest.param(b"\xff\xfea:b", "is no text", id="no text"),
    ],
)
async def test_a_credential_file_that_is_none(tmp_path: Path, text: bytes | None, sentence: str) -> None:
    path = tmp_path / ("hunter2" if text is None else "lan.credential")  # the password itself, for its file
    if text is not None:
        path.write_bytes(text)
    said = await trouble(at("mqtt://127.0.0.1", credential_file=str(path)))
    assert sentence in said
    assert "hunter2" not in said


async def test_a_broker_by_an_authority_of_its_own(certificates: ServerFiles, tmp_path: Path) -> None:
    taken = Taken()
    with mosquitto(tls=certificates) as broker:
        assert "is not trusted" in await trouble(source(broker))
        trusting = source(broker, ca_file=str(certificates.authority))
        async with listening(trusting, taken), publisher(broker, certificates.authority) as client:
            await ready(client, taken)
        said = await trouble(source(broker, ca_file=str(tmp_path / "none.pem")))
        assert "none.pem cannot be read (No such file or directory): copy it there again" in said


async def test_tls_where_none_is_spoken(mosquitto_server: Mosquitto) -> None:
    said = await trouble(at(mosquitto_server.url.replace("mqtt:", "mqtts:")))
    assert "makes no TLS connection" in said or "cannot be reached (Connection reset by peer)" in said


async def test_a_broker_that_is_not_there() -> None:
    assert "refuses connections" in await trouble(at(f"mqtt://127.0.0.1:{free_port()}"))
    assert "cannot be resolved" in await trouble(at("mqtt://no-such-broker.invalid"))


@contextmanager
def strict(folder: Path, *topics: str) -> Iterator[Mosquitto]:
    """A broker where everybody may read these topics and no other. mosquitto's acl_file refuses nobody."""
    plugin = next(iter(sorted(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"))), None)
    if plugin is None:
        pytest.skip("mosquitto's dynamic security plugin is not installed")
    allowed = [{"acltype": "subscribeLiteral", "topic": topic, "allow": True} for topic in topics]
    rules = {
        "defaultACLAccess": {"publishClientSend": True, "publishClientReceive": True, "subscribe": False},
        "anonymousGroup": "all",
        "groups": [{"groupname": "all", "roles": [{"rolename": "reader"}]}],
        "roles": [{"rolename": "reader", "acls": allowed}],
    }
    file = folder / "rules.json"
    file.write_text(json.dumps(rules))
    with mosquitto("allow_anonymous true", f"plugin {plugin}", f"plugin_opt_config_file {file}") as broker:
        yield broker


async def test_a_topic_that_is_not_ours_does_not_silence_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken = Taken()
    with strict(tmp_path, "site/level") as broker:
        async with listening(source(broker), taken), publisher(broker) as client:
            await ready(client, taken)
    assert "does not let us read site/json: check its access rules" in caplog.text


async def test_a_broker_that_lets_us_read_nothing(tmp_path: Path) -> None:
    with strict(tmp_path) as broker:
        assert "lets us read no topic: check its access rules" in await trouble(source(broker))


@asynccontextmanager
async def older(broker: Mosquitto) -> AsyncIterator[str]:
    """A broker of before MQTT 5 in front of that one: it refuses the new version as 3.1.1 says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connect = await reader.read(4_096)
        if connect[8] != 4:  # the protocol's level
            writer.write(b"\x20\x02\x00\x01")  # CONNACK: unacceptable protocol version
            writer.close()
            return
        back, on = await asyncio.open_connection("127.0.0.1", broker.port)
        on.write(connect)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pipe(reader, on))
            tasks.create_task(pipe(back, writer))

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(4_096):
            sink.write(piece)
        sink.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_an_older_broker_is_spoken_to_in_its_own_version(mosquitto_server: Mosquitto) -> None:
    taken = Taken()
    async with (
        older(mosquitto_server) as url,
        listening(at(url), taken),
        publisher(mosquitto_server) as client,
    ):
        await ready(client, taken)
        await client.publish("site/level", b"7", qos=1)
        await reaches(taken, 0.07)
