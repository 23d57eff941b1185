"""What a host is, before anybody asks for it."""

import pytest

from protocol.hosts import is_loopback, is_name


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "127.example.org", "localhost.example.org", "10.0.0.1", "::2", "127.1"])
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["evara.example.org", "evara.example.org.", "a_b", "wasser-über-alles.example", "10.0.0.1", "fe80::1"],
)
def test_a_name(host: str) -> None:
    assert is_name(host)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("", id="nothing"),
        pytest.param("evara..example.org", id="two dots"),
        pytest.param(".example.org", id="a dot first"),
        pytest.param("a" * 64 + ".org", id="a label too long"),
        pytest.param("ü" * 60 + ".org", id="a label too long once encoded"),
        pytest.param("evara example.org", id="a blank"),
        pytest.param("evara\0.org", id="NUL"),
        pytest.param("a." * 127 + "org", id="too long a name"),
    ],
)
def test_no_name(host: str) -> None:
    assert not is_name(host)
