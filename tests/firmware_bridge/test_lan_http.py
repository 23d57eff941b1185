"""The server for devices: bytes in, bytes out, and every way in which a client can be a nuisance."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.lan.http import Response, serve
from firmware_bridge.lan.request import Limits, Request
from tests.firmware_bridge.serving import heard, left, segments, served
from tests.waiting import until_async

QUICK = Limits(
    connections=4,
    body_bytes=300_000,
    large_bytes=1_000,
    grace_s=0.1,
    head_grace_s=0.2,
    request_s=0.5,
    idle_s=0.5,
    send_s=0.5,
)


QUICK_BUT_PATIENT = msgspec.structs.replace(QUICK, send_s=5.0)


async def echo(request: Request) -> Response:
    """What was asked; the query may ask for a long answer, or be a bug."""
    if "bug" in request.query:
        raise RuntimeError("a bug")
    body = f"{request.method} {request.path} {len(request.body)}".encode()
    return Response(body=body.ljust(int(request.query.get("long", "0")), b"."))


@asynccontextmanager
async def echoing(limits: Limits = QUICK) -> AsyncIterator[int]:
    async with served(lambda port: serve(f"127.0.0.1:{port}", echo, limits)) as port:
        yield port


def said(body: str, closes: bool = False, status: str = "200 OK") -> bytes:
    close = "Connection: close\r\n" if closes else ""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{close}\r\n{body}".encode()


CONVERSATIONS = [
    pytest.param(b"GET /a HTTP/1.0\r\n\r\n", said("GET /a 0", closes=True), id="1.0 closes"),
    pytest.param(b"GET /a\r\n", said("GET /a 0", closes=True), id="no version closes, after a short silence"),
    pytest.param(
        b"GET /a HTTP/1.1\r\nConnection: close\r\n\r\n",
        said("GET /a 0", closes=True),
        id="closes when asked to",
    ),
    pytest.param(
        b"POST /a HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab\r\n\r\n",
        said("POST /a 2", closes=True),
        id="a body two CRLF too long",
    ),
    pytest.param(
        b"GET /a HTTP/1.1\r\n\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
        said("GET /a 0") + said("GET /b 0", closes=True),
        id="two at once",
    ),
    pytest.param(
        b"HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n",
        said("HEAD /a 0", closes=True).removesuffix(b"HEAD /a 0"),
        id="only the head",
    ),
    pytest.param(
        b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n"
        + said("the request did not come in time\n", closes=True, status="408 Request Timeout"),
        id="a body that never comes",
    ),
    pytest.param(
        b"POST /a HTTP/1.1\r\nHost: a\r\n",
        said("the request did not come in time\n", closes=True, status="408 Request Timeout"),
        id="a head that never ends",
    ),
    pytest.param(
        b"GET /a HTTP/1.1\r\nHost: a\r\n",
        said("GET /a 0", closes=True),
        id="a head that lost its blank line",
    ),
    pytest.param(
        b"POST /a HTTP/1.0\r\n\r\nfield1=12",
        said("the request did not come in time\n", closes=True, status="408 Request Timeout"),
        id="a body of unknown length that pauses may be half",
    ),
    pytest.param(
        b"hello\r\n",
        said("this is no HTTP request\n", closes=True, status="400 Bad Request"),
        id="no request",
    ),
    pytest.param(b"\r\n\r\n", b"", id="silence after a blank line"),
]


@pytest.mark.parametrize(("sent", "answer"), CONVERSATIONS)
async def test_conversation(sent: bytes, answer: bytes) -> None:
    async with echoing() as port:
        whole, pieces, single = await asyncio.gather(
            heard(port, [sent]), heard(port, segments(sent, 20)), heard(port, segments(sent, len(sent)))
        )
    assert whole == pieces == single == answer


async def test_the_client_waits_for_go_on() -> None:
    async with echoing() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert await reader.readexactly(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ab")
        assert (await reader.readuntil(b"POST /a 2")).startswith(b"HTTP/1.1 200 OK\r\n")
        await left(writer)


async def test_who_leaves_or_does_not_read_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with echoing() as port:
        for sent in (b"", b"GET /a", b"GET /a HTTP/1.1\r\n\r\n", b"GET /?long=9000000 HTTP/1.1\r\n\r\n"):
            for how in (socket.SHUT_RDWR, None):  # a FIN; a reset
                with socket.create_connection(("127.0.0.1", port)) as client:
                    client.sendall(sent)
                    if how is None:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    else:
                        client.shutdown(how)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /?long=9000000 HTTP/1.1\r\n\r\n")  # and never reads
        assert await heard(port, [b"GET /a HTTP/1.0\r\n\r\n"]) == said("GET /a 0", closes=True)
        await left(writer)
    assert [record.message for record in caplog.records if record.levelno > logging.DEBUG] == []


async def test_a_bug_is_one_answer(caplog: pytest.LogCaptureFixture) -> None:
    async with echoing() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /a?bug=1&key=s3cret HTTP/1.1\r\n\r\nGET /b HTTP/1.0\r\n\r\n")
        answers = await reader.read()
        await left(writer)
    said_500 = said("a bug was met here: see the log\n", status="500 Internal Server Error")
    assert answers == said_500 + said("GET /b 0", closes=True)
    assert [record.message for record in caplog.records] == ["a GET of /a met a bug"]
    assert "RuntimeError: a bug" in caplog.text
    assert "s3cret" not in caplog.text


async def test_over_the_limit_the_longest_idle_one_is_closed() -> None:
    async with echoing(Limits(connections=4)) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        idle[0][1].write(b"GET /unfinished")
        answer = await heard(port, [b"GET /a HTTP/1.0\r\n\r\n"])
        assert answer == said("GET /a 0", closes=True)
        assert await idle[1][0].read() == b""
        idle[0][1].write(b" HTTP/1.0\r\n\r\n")
        assert await idle[0][0].read() == said("GET /unfinished 0", closes=True)
        for _, writer in idle:
            await left(writer)


async def test_an_answer_that_is_not_read_holds_no_slot_of_large_bodies() -> None:
    head = b"POST /?long=9000000 HTTP/1.0\r\nContent-Length: 200000\r\n\r\n"
    async with echoing(QUICK_BUT_PATIENT) as port:
        deaf = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for reader, writer in deaf:
            writer.write(head + bytes(200_000))
            await reader.readuntil(b"200 OK")  # and no more
        third = await heard(port, [b"POST /a HTTP/1.0\r\nContent-Length: 200000\r\n\r\n" + bytes(200_000)])
        assert third == said("POST /a 200000", closes=True)
        for _, writer in deaf:
            await left(writer)


async def test_an_answer_says_when_it_is_sent_or_given_up() -> None:
    sent = list[str]()

    async def answer(request: Request) -> Response:
        body = bytes(int(request.query["long"]))
        return Response(body=body, sent=lambda: sent.append(request.path))

    async with served(lambda port: serve(f"127.0.0.1:{port}", answer, QUICK)) as port:
        await heard(port, [b"GET /short?long=1 HTTP/1.0\r\n\r\n"])
        assert sent == ["/short"]
        _, deaf = await asyncio.open_connection("127.0.0.1", port)
        deaf.write(b"GET /deaf?long=50000000 HTTP/1.0\r\n\r\n")
        reader, slow = await asyncio.open_connection("127.0.0.1", port)
        slow.write(b"GET /slow?long=50000000 HTTP/1.0\r\n\r\n")

        async def reads_on() -> bool:
            """Each piece in time, the whole not."""
            with suppress(OSError):
                await reader.read(100_000)
            return len(sent) == 3

        await until_async(reads_on, 5, "both are given up")
        for writer in (deaf, slow):
            await left(writer)


async def test_large_bodies_wait_for_each_other() -> None:
    head = b"POST /a HTTP/1.0\r\nContent-Length: 200000\r\n\r\n"
    async with echoing() as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for _, writer in slow:
            writer.write(head)
        third = await heard(port, [head + bytes(200_000)])
        assert third == said("POST /a 200000", closes=True) or b"503 Service Unavailable" in third
        assert await heard(port, [head + bytes(200_000)]) == said("POST /a 200000", closes=True)
        for _, writer in slow:
            await left(writer)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"GET / HTTP/1.1\r\n\r\n", b"\r\n"]), max_size=6))
def test_any_bytes_are_answered_or_the_connection_is_closed(pieces: list[bytes]) -> None:
    async def talk() -> bytes:
        async with echoing() as port:
            return await heard(port, pieces, ends=True)

    answer = asyncio.run(talk())
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
