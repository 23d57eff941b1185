"""Requests as firmware writes them, and any bytes at all: read the same in whatever segments they come."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.lan.form import form
from firmware_bridge.lan.request import BadRequest, IsWhole, Limits, Parser, Request

LIMITS = Limits()
SMALL = Limits(line_bytes=100, head_bytes=200, body_bytes=300, large_bytes=200)


def has_key(head: Request) -> bool:
    return "key" in head.headers or "key" in head.query


def read(
    pieces: Sequence[bytes], limits: Limits = LIMITS, is_whole: IsWhole = lambda _: True
) -> list[Request | str]:
    """All requests of a connection that then ends; a bad one as its status and reason."""
    parser, found = Parser(limits, is_whole), list[Request | str]()
    try:
        for piece in [*filter(None, pieces), b""]:
            parser.feed(piece)
            while request := parser.take():
                found.append(request)
            assert parser.closes or len(parser._bytes) <= limits.line_bytes + limits.body_bytes + len(piece)
    except BadRequest as bad:
        found.append(f"{bad.status} {bad}")
    return found


def only(data: bytes) -> Request:
    (request,) = read([data])
    assert isinstance(request, Request)
    return request


GET = {"key": "K", "field1": "1"}

WRITTEN = [
    pytest.param(b"GET /update?key=K&field1=1 HTTP/1.1\r\nHost: a\r\n\r\n", GET, id="as the RFC has it"),
    pytest.param(b"GET /update?key=K&field1=1 HTTP/1.1\n\n", GET, id="bare line feeds, no Host"),
    pytest.param(b"GET /update?key=K&field1=1\r\n", GET, id="no version, no headers"),
    pytest.param(b"GET /update?key=K&field1=1\r\n\r\n", GET, id="no version, but a blank line"),
    pytest.param(b"GET /update?key=K&field1=1 \r\nHost: x\r\n\r\n", GET, id="no version, but headers"),
    pytest.param(b"GET https://api.thingspeak.com/update?key=K&field1=1\r\n\r\n", GET, id="a whole address"),
    pytest.param(b"GET http://a//update/?key=K&field1=1 HTTP/1.0\r\n\r\n", GET, id="doubled slashes"),
    pytest.param(b"\r\n\r\n\n GET  /update?key=K&field1=1  HTTP/1.1 \r\n\r\n", GET, id="blanks everywhere"),
    pytest.param(b"get /update?key=K&field1=1 http/1.1\r\n\r\n", GET, id="small letters"),
    pytest.param(b"GET update?key=K&field1=1 HTTP/1.1\r\n\r\n", GET, id="no slash"),
    pytest.param(b"GET /%75pdate?key=K&field1=1&field1=2 HTTP/1.1\r\n\r\n", GET, id="encoded, a name twice"),
    pytest.param(b"GET /update?key=K&field1=1 HTTP/1.1\r\nHo", GET, id="cut off in its headers"),
]


@pytest.mark.parametrize(("data", "query"), WRITTEN)
def test_a_get_is_read(data: bytes, query: dict[str, str]) -> None:
    request = only(data)
    assert (request.method, request.path, request.query) == ("GET", "/update", query)


FORM = b"key=K&field1=1"

POSTED = [
    pytest.param(b"POST /update HTTP/1.1\r\nContent-Length: 14\r\n\r\n" + FORM, id="as the RFC has it"),
    pytest.param(
        b"POST /update HTTP/1.1\ncontent-length:14\n\n" + FORM + b"\r\n", id="a CRLF behind the body"
    ),
    pytest.param(b"POST /update\r\nContent-Length: 14\r\n\r\n" + FORM, id="no version"),
    pytest.param(b"POST /update\r\n\r\n" + FORM, id="no version, no length: until the end"),
    pytest.param(
        b"POST /update HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nkey\r\nB ;x\r\n=K&field1=1\r\n0\r\nA: b\r\n\r\n",
        id="in chunks",
    ),
]


@pytest.mark.parametrize("data", POSTED)
def test_a_post_is_read(data: bytes) -> None:
    request = only(data)
    assert (request.method, request.path, request.body) == ("POST", "/update", FORM)


BAD = [
    pytest.param(b"hello\r\n", "400 this is no HTTP request", id="no request at all"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\n", "400 this is no HTTP request", id="TLS"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\n", "505 only HTTP/1.1 is spoken here", id="HTTP/2"),
    pytest.param(b"BREW /pot\r\n", "400 this is no HTTP request", id="another method without a version"),
    pytest.param(b"GET /update?field1=1", "400 the request is cut off", id="a first line without its end"),
    pytest.param(
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", "400 the request is cut off", id="half a body"
    ),
    pytest.param(b"POST / HTTP/1.1\r\nHost", "400 the request is cut off", id="half a head that has a body"),
    pytest.param(
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "400 Content-Length is no number",
        id="a length below 0",
    ),
    pytest.param(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "400 the size of a chunk is no number",
        id="a chunk of no size",
    ),
    pytest.param(
        b"POST / HTTP/1.1\r\nContent-Length: 301\r\n\r\n",
        "413 a body of more than 300 bytes",
        id="a long body",
    ),
    pytest.param(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n",
        "413 a body of more than 300 bytes",
        id="a long chunk",
    ),
    pytest.param(
        b"POST /\r\n\r\n" + b"x" * 301, "413 a body of more than 300 bytes", id="a body without end"
    ),
    pytest.param(
        b"GET / HTTP/1.1\r\nContent-Length: 201\r\n\r\n",
        "413 a body of more than 200 bytes",
        id="a large body where there should be none",
    ),
    pytest.param(
        b"GET /" + b"x" * 100, "414 a line, or all header lines, are longer than 100 bytes", id="a long line"
    ),
    pytest.param(
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101, "431 more than 100 header lines", id="many headers"
    ),
]


@pytest.mark.parametrize(("data", "expected"), BAD)
def test_what_cannot_be_read_is_said(data: bytes, expected: str) -> None:
    limits = SMALL if b"431" not in expected.encode() else LIMITS
    assert read([data], limits) == [expected]


def test_requests_behind_each_other() -> None:
    first = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nx=1\r\n"
    last = b"GET /b HTTP/1.1\r\nConnection: Close\r\n\r\n"
    found = read([first + b"\r\n\n" + last + b"GET /not-any-more HTTP/1.1\r\n\r\n"])
    assert [one.path for one in found if isinstance(one, Request)] == ["/a", "/b"]


def test_a_form_is_read_also_if_nobody_encoded_it() -> None:
    assert form(b"a=1+2&b=%41%zz&c&=x&d=\xb0&e=%C2%B0") == {
        "a": "1 2",
        "b": "A%zz",
        "c": "",
        "d": "°",
        "e": "°",
    }
    assert form(b"status=5% left, +1&created_at=2017-07-15 10:26:00 +0530") == {
        "status": "5% left, +1",
        "created_at": "2017-07-15 10:26:00 +0530",
    }


PARTS = st.sampled_from(
    [
        *(b"GET /u?a=1", b"POST /u", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r\n\r\n", b" ", b"\0"),
        *(b"Content-Length: 3", b"Transfer-Encoding: chunked", b"3\r\nabc\r\n", b"0\r\n\r\n", b"abc"),
        *(b"Connection: close", b"Key: K", b"Content-Type: a/b"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PARTS | st.binary(max_size=20), max_size=12).map(b"".join), st.data())
def test_segments_never_change_what_is_read(sent: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=20)))
    pieces = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    for is_whole in (has_key, lambda _: True):
        whole = read([sent], SMALL, is_whole)
        assert read(pieces, SMALL, is_whole) == whole
        assert read([sent[place : place + 1] for place in range(len(sent))], SMALL, is_whole) == whole


def test_a_line_as_long_as_it_may_be_is_read_in_any_segments() -> None:
    line = b"GET /" + b"x" * 95
    for pieces in ([line + b"\r\n"], [line + b"\r", b"\n"]):
        assert [type(one) for one in read(pieces, SMALL)] == [Request]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form(data: bytes) -> None:
    for name, value in form(data).items():
        (name + value).encode()  # no lone surrogates
