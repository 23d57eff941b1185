"""What other tests stand on: servers that come back, and a link that is as bad as it is told to be."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.certificates import ServerFiles
from tests.framing import mqtt_packets, mqtt_topic, postgres_messages
from tests.proxy import Proxy, Way, proxy
from tests.servers import Mosquitto, Postgres, Redis
from tests.waiting import until, until_async


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """A server that sends back what it gets; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

        def answer(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                while data := client.recv(65_536):
                    client.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def link() -> Iterator[Proxy]:
    with echo() as port, proxy(port) as running:
        yield running


@pytest.fixture
def client(link: Proxy) -> Iterator[socket.socket]:
    with connect(link) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"
        yield client


def publish(topic: bytes) -> bytes:
    return b"\x30" + bytes([len(topic) + 3]) + len(topic).to_bytes(2) + topic + b"!"


def connect(link: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), 10)


def test_a_stalled_link_forwards_nothing_and_then_everything(link: Proxy, client: socket.socket) -> None:
    link.stall()
    client.sendall(b"waits")
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(100)
    link.pass_all()
    client.settimeout(10)
    assert client.recv(100) == b"waits"


def test_a_reset_breaks_the_connection_and_what_was_held_is_gone(link: Proxy, client: socket.socket) -> None:
    link.stall()
    client.sendall(b"lost")
    link.reset()
    with pytest.raises(ConnectionResetError):
        client.recv(100)
    link.pass_all()
    with connect(link) as again:
        again.sendall(b"new")
        assert again.recv(100) == b"new"


def test_a_refusing_link_takes_no_connection_until_it_heals(link: Proxy, client: socket.socket) -> None:
    link.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(link)
    link.pass_all()
    with connect(link) as again:
        again.sendall(b"back")
        assert again.recv(100) == b"back"


def test_stop_after_cuts_within_a_packet(link: Proxy, client: socket.socket) -> None:
    link.stop_after(3, Way.DOWN)
    client.sendall(b"abcdef")
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while data := client.recv(100):
            got += data
    assert len(got) <= 3
    assert b"abcdef".startswith(got)
    assert link.forwarded[Way.DOWN] == len(b"hello") + 3


def test_a_dropped_direction_leaves_the_other_one(link: Proxy, client: socket.socket) -> None:
    before = link.forwarded[Way.UP]
    link.drop(Way.DOWN)
    client.sendall(b"heard but not answered")
    until(lambda: link.dropped[Way.DOWN], what="the answer is dropped")
    assert link.forwarded[Way.UP] == before + len(b"heard but not answered")


def test_a_filter_sees_whole_packets(link: Proxy, client: socket.socket) -> None:
    link.keep_if(lambda packet: mqtt_topic(packet) != "a/b", Way.DOWN, mqtt_packets)
    stream = publish(b"a/b") + publish(b"a/c") + publish(b"a/b") + publish(b"a/d")
    for byte in stream:
        client.sendall(bytes([byte]))
    wanted = publish(b"a/c") + publish(b"a/d")
    got = b""
    while len(got) < len(wanted):
        got += client.recv(100)
    assert got == wanted
    assert link.dropped[Way.DOWN] == 2


def test_a_filter_may_reset_the_link_it_watches(link: Proxy, client: socket.socket) -> None:
    def cut(_: bytes) -> bool:
        link.reset()
        return False

    link.keep_if(cut, Way.DOWN)
    client.sendall(b"commit")
    with pytest.raises(ConnectionResetError):
        client.recv(100)


def test_postgres_messages_wait_until_they_are_whole() -> None:
    message = b"C" + (11).to_bytes(4) + b"COMMIT\0"
    assert postgres_messages(message + message[:4]) == ([message], message[:4])


def test_until_names_what_it_waited_for() -> None:
    with pytest.raises(TimeoutError, match=r"not within 0\.05 s: the sky falls \(last: 0\)"):
        until(lambda: 0, 0.05, "the sky falls")


async def test_until_async_takes_both_kinds_of_conditions() -> None:
    async def later() -> int:
        return 2

    assert await until_async(later) == 2
    assert await until_async(lambda: 1) == 1


def test_postgres_keeps_its_data_when_it_is_killed(postgres_server: Postgres) -> None:
    with servers.postgres() as server:
        server.sql("CREATE TABLE t (v int); INSERT INTO t VALUES (7)")
        server.kill()
        assert not server.accepts()
        server.start()
        assert server.sql("SELECT v FROM t") == "7"
        assert server.port != postgres_server.port


def test_each_test_has_a_database_of_its_own(postgres_server: Postgres, postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    assert postgres_server.sql("SELECT count(*) FROM pg_stat_user_tables", name) == "0"


def test_redis_comes_back_on_its_port() -> None:
    with servers.redis() as server:
        server.restart()
        assert server.accepts()


def test_redis_and_mosquitto_answer(redis_server: Redis, mosquitto_server: Mosquitto) -> None:
    assert redis_server.accepts()
    assert mosquitto_server.accepts()


def test_mosquitto_speaks_tls(certificates: ServerFiles) -> None:
    with servers.mosquitto(tls=certificates) as broker:
        trust = ssl.create_default_context(cafile=str(certificates.authority))
        with (
            socket.create_connection(("127.0.0.1", broker.port), 10) as plain,
            trust.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
        ):
            assert secure.version() in {"TLSv1.2", "TLSv1.3"}


def test_a_frozen_server_thaws() -> None:
    with servers.redis() as server, connect_to(server.port) as client:
        server.freeze()
        client.sendall(b"PING\r\n")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(100)
        server.thaw()
        client.settimeout(10)
        assert client.recv(100) == b"+PONG\r\n"


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="Unknown configuration variable"),
        servers.mosquitto("no_such_word 1"),
    ):
        pass


def connect_to(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 10)
