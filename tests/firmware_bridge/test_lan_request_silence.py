"""What silence means while a request comes, and what becomes of a body whose length nobody said."""

import pytest

from firmware_bridge.lan.request import Limits, Parser, Request
from tests.firmware_bridge.test_lan_request import has_key, read

LIMITS = Limits()

POST = b"POST /update HTTP/1.0\r\n"
SILENCES = [
    pytest.param(b"GET /update?field1=1\r\n", 0.5, id="a line without a version is all, or headers follow"),
    pytest.param(b"GET /update?field1=1 HTTP/1.1\r\n", 2.0, id="a GET that lost its blank line"),
    pytest.param(
        b"GET /update?field1=1 HTTP/1.1\r\nHost: a\r\n", 2.0, id="a GET that lost it behind headers"
    ),
    pytest.param(b"GET /update?field1=1", None, id="half a line is no request"),
    pytest.param(POST, None, id="a POST may have a body"),
    pytest.param(POST + b"\r\n", 0.5, id="a POST without a length may have none"),
    pytest.param(POST + b"\r\nfield1=12", None, id="a body that has begun may go on"),
]


@pytest.mark.parametrize(("data", "silence_s"), SILENCES)
def test_silence_is_an_end_only_where_nothing_can_be_missing(data: bytes, silence_s: float | None) -> None:
    parser = Parser(LIMITS)
    parser.feed(data)
    assert (parser.take(), parser.silence_s) == (None, silence_s)
    parser.feed(b"")
    if silence_s is not None:
        assert parser.take() is not None
        assert parser.closes


LINE = b"POST /update HTTP/1.1\r\n"
GAPS = [
    pytest.param(b"GET /u?key=K\r\n", 0.5, id="all is there without a version"),
    pytest.param(b"GET /u?field1=1\r\n", 4.5, id="the key may come in a header, also without a version"),
    pytest.param(b"GET /u?field1=1\r\nHost: a\r\n", 4.5, id="other headers before it"),
    pytest.param(b"GET /u?field1=1\r\nHost: a\r\nKe", 4.5, id="a half one before it"),
    pytest.param(b"GET /u?field1=1\r\nKey: K\r\n", 2.0, id="no version, the key came, headers may follow"),
    pytest.param(b"GET /u?field1=1 HTTP/1.1\r\nHost: a\r\n", 4.5, id="a version, and no key yet"),
    pytest.param(b"GET /u?field1=1 HTTP/1.1\r\nKey: K\r\n", 2.0, id="a version, and the key came"),
    pytest.param(b"POST /u\r\nKey: K\r\n", 4.5, id="a POST has headers, so it may have a body"),
    pytest.param(b"POST /u HTTP/1.0\r\n\r\n", 4.5, id="what is missing may be in a body without a length"),
    pytest.param(b"POST /u HTTP/1.1\r\n\r\n\r\n", 4.5, id="also where the connection goes on"),
]


@pytest.mark.parametrize(("data", "silence_s"), GAPS)
def test_where_something_is_missing_it_is_waited_for(data: bytes, silence_s: float) -> None:
    parser = Parser(LIMITS, has_key)
    parser.feed(data)
    assert (parser.take(), parser.silence_s) == (None, silence_s)


UNREAD = [
    pytest.param(LINE + b"\r\nfield1=1", True, id="a body that nobody announced"),
    pytest.param(LINE + b"Content-Type: a/b\r\n\r\n", True, id="one that was announced"),
    pytest.param(b"POST /u HTTP/1.0\r\nContent-Type: a/b\r\n\r\n", True, id="one that does not come"),
    pytest.param(LINE + b"Key: K\r\nContent-Type: a/b\r\n\r\n", False, id="it is not needed"),
    pytest.param(LINE + b"Content-Length: 0\r\nContent-Type: a/b\r\n\r\n", False, id="it has no bytes"),
    pytest.param(LINE + b"\r\n\r\n", False, id="blank lines are none"),
    pytest.param(b"POST /u HTTP/1.0\r\n\r\nfield1=1", False, id="it was read to the connection's end"),
]


@pytest.mark.parametrize(("data", "is_unread"), UNREAD)
def test_a_body_that_is_not_read_is_told(data: bytes, is_unread: bool) -> None:
    for pieces in ([data], [data[place : place + 1] for place in range(len(data))]):
        (request,) = read(pieces, is_whole=has_key)
        assert isinstance(request, Request)
        assert request.lacks_body is is_unread


def test_a_length_of_zero_is_no_missing_length() -> None:
    parser = Parser(LIMITS)
    parser.feed(POST + b"Content-Length: 0\r\n\r\n")
    assert parser.take() is not None
