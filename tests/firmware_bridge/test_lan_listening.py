"""Where a server for devices may listen, and what it says where it can't."""

import pytest

from firmware_bridge.lan.http import serve
from firmware_bridge.lan.listening import place
from firmware_bridge.source import SourceError
from tests.firmware_bridge.test_lan_http import QUICK, echo, echoing
from tests.server import free_port

PLACES = [
    pytest.param("127.0.0.1:8480", ("127.0.0.1", 8480), id="an address"),
    pytest.param("[::1]:80", ("::1", 80), id="IPv6"),
    pytest.param("amba.local:80", ("amba.local", 80), id="a name"),
]


@pytest.mark.parametrize(("listen", "expected"), PLACES)
def test_place(listen: str, expected: tuple[str, int]) -> None:
    assert place(listen) == expected


@pytest.mark.parametrize(
    "listen", ["", "8480", ":8480", "127.0.0.1", "127.0.0.1:0", "a b:80", "a:65536", "a:x"]
)
def test_what_is_no_place(listen: str) -> None:
    with pytest.raises(ValueError, match=r"is no address; write it as 0\.0\.0\.0:8480"):
        place(listen)


async def test_a_port_that_is_taken() -> None:
    async with echoing() as port:
        with pytest.raises(
            SourceError, match=rf"^cannot listen on 127.0.0.1:{port}: another program has this port"
        ):
            await serve(f"127.0.0.1:{port}", echo, QUICK)


async def test_an_address_of_another_machine() -> None:
    with pytest.raises(SourceError, match=r"this machine has no such address; listen on 0\.0\.0\.0"):
        await serve(f"192.0.2.1:{free_port()}", echo, QUICK)
