"""Clients that do not wait for their answer and leave with a reset, as small nodes do."""

import socket

import pytest

from firmware_bridge.lan.http import Response, serve
from firmware_bridge.lan.request import Limits, Request
from tests.firmware_bridge.serving import heard, served
from tests.waiting import until_async

PATIENT = Limits(grace_s=60.0, head_grace_s=60.0)


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        pytest.param(b"GET /a\r\n", ["/a"], id="no version"),
        pytest.param(b"GET /a HTTP/1.1\r\nHost: a\r\n", ["/a"], id="no blank line"),
        pytest.param(b"POST /a HTTP/1.0\r\n\r\n", ["/a"], id="no length and no body"),
        pytest.param(b"GET /a", [], id="half a line"),
        pytest.param(b"POST /a HTTP/1.0\r\n\r\nfield1=1", [], id="no length, so the body may be half"),
        pytest.param(b"POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nfield1=1", [], id="half a body"),
    ],
)
async def test_what_is_whole_before_a_reset_is_taken(sent: bytes, taken: list[str]) -> None:
    paths = list[str]()

    async def answer(request: Request) -> Response:
        paths.append(request.path)
        return Response()

    async with served(lambda port: serve(f"127.0.0.1:{port}", answer, PATIENT)) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.sendall(sent)
        await heard(port, [b"GET /last HTTP/1.0\r\n\r\n"])
        await until_async(lambda: len(paths) > len(taken), 5, "it is taken")
    assert sorted(paths) == [*taken, "/last"]
