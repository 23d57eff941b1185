"""Bytes of a connection to requests, however they were cut into segments and whatever was left out. Pure.

Firmware sends lines that end in a bare LF, no version, no headers, whole addresses, blank lines between
requests, a CRLF behind the body. All that is read; what can't be is a BadRequest.
"""

import re
from collections.abc import Callable, Generator, Iterator, Mapping

import msgspec

from firmware_bridge.lan.form import form, text

_METHOD = re.compile(rb"[A-Za-z]{1,20}")
_VERSION = re.compile(rb"HTTP/(\d)\.(\d)", re.I)
_HOST = re.compile(rb"^[a-z][a-z0-9+.-]{0,20}://[^/?]*", re.I)
_HEADERS_LIMIT = 100
_CHUNK_LINE_LIMIT = 1_024  # bytes


class Request(msgspec.Struct, frozen=True, kw_only=True):
    method: str  # GET, POST ... in capitals
    path: str  # begins with "/", percent-decoded, without a host, doubled slashes or one at its end
    query: Mapping[str, str] = {}  # decoded; of a name that comes twice the first
    headers: Mapping[str, str] = {}  # names in lower case; of one that comes twice the first
    body: bytes = b""
    lacks_body: bool = False  # one was announced or has begun, without a length: it was not read


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    connections: int = 256  # one more: the one that has been waited for longest is closed
    line_bytes: int = 16_384  # the first line: 3,000 bytes of values, each percent-encoded
    head_bytes: int = 32_768  # all header lines
    body_bytes: int = 8_388_608  # a bulk update of 14,400 entries with 580 bytes each
    large_bytes: int = 65_536  # bodies above this are taken in two at a time
    # Without a version a request may end with its first line, or headers follow (`..field1=55 \r\nHost: ..`);
    # only silence tells. The segments of one request come sooner after each other, and firmware waits 5 s.
    grace_s: float = 0.5
    head_grace_s: float = 2.0  # for the blank line behind a GET's headers, which some sketches forget
    patience_s: float = 4.5  # where something is missing, as the key in a header over poor Wi-Fi
    request_s: float = 20.0  # from a request's first byte to its last
    idle_s: float = 60.0  # before its first byte
    send_s: float = 30.0  # for the client to take its answer: 16 MB over poor Wi-Fi


class BadRequest(Exception):
    """It can't be read; what the client is told, and with which status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Over(Exception):
    """More is needed, and no more comes."""


IsWhole = Callable[[Request], bool]  # without a body it has all that its answer needs
Steps = Generator[None, None, bytes]  # yields while it needs more
_Wait = Generator[None, None, None]


class Parser:
    """`feed` what came, then `take` until there is nothing. After a BadRequest it is of no use."""

    def __init__(self, limits: Limits, is_whole: IsWhole = lambda _: True) -> None:
        self.closes = False  # the request that was taken last is the connection's last
        self.silence_s: float | None = None  # so much of it is an end; None: it is none
        self.wants_go = False  # the client waits for 100 Continue
        self.size = 0  # bytes that the body under way has or will have
        self.is_over = False
        self._in_request = False
        self._limits = limits
        self._is_whole = is_whole
        self._body_bytes = 0  # the most that the request under way may have
        self._bytes = bytearray()
        self._steps = self._walk()

    @property
    def has_begun(self) -> bool:
        """A part of a request is there."""
        return self._in_request or bool(self._bytes)

    def feed(self, data: bytes) -> None:
        """Nothing: no more will come."""
        self.is_over = self.is_over or not data
        self._bytes += data

    def take(self) -> Request | None:
        """The next request; None: it is not all there, or there is none. Raises BadRequest."""
        return next(self._steps, None)

    def _walk(self) -> Iterator[Request | None]:
        while not self.closes:
            try:
                yield (yield from self._request())
            except _Over:
                if self.has_begun:
                    raise BadRequest(400, "the request is cut off") from None
                return
            self.size = 0

    def _request(self) -> Generator[None, None, Request]:
        line = b""
        while not line.strip():  # blank lines between requests
            self._in_request = False
            line = yield from self._line(self._limits.line_bytes, 414)
        self._in_request = True
        method, target, version = _first_line(line)
        path, _, query = _HOST.sub(b"", target).partition(b"?")
        parts = [part for part in text(path).split("/") if part]
        headers: dict[str, str] = {}
        head = Request(method=method, path="/" + "/".join(parts), query=form(query), headers=headers)
        yield from self._headers(head, headers, version)
        self.closes = version != 1 or "close" in headers.get("connection", "").lower()
        body = yield from self._body(head)
        self.silence_s, self._in_request = None, False
        lacks_body = not body.strip() and self._is_unread(head)
        self.closes |= lacks_body  # what comes is no request
        return msgspec.structs.replace(head, body=body, lacks_body=lacks_body)

    def _headers(self, head: Request, headers: dict[str, str], version: int | None) -> _Wait:
        """Fills the `headers`, which are those of `head`."""
        left = self._limits.head_bytes
        try:
            for _ in range(_HEADERS_LIMIT):
                self.silence_s = self._head_silence_s(head, version)
                line = yield from self._line(left, 431)
                if not line.strip():
                    return
                left = max(0, left - len(line))
                name, colon, value = line.decode("latin-1").partition(":")
                if colon:
                    headers.setdefault(name.strip().lower(), value.strip())
        except _Over:
            if self.silence_s is None:
                raise
            self._bytes.clear()  # a header that was cut off
            headers["connection"] = "close"
        else:
            raise BadRequest(431, f"more than {_HEADERS_LIMIT} header lines")

    def _head_silence_s(self, head: Request, version: int | None) -> float | None:
        may_have_body = head.method not in ("GET", "HEAD")
        if may_have_body and version is not None:
            return None
        if not self._is_whole(head) or (may_have_body and head.headers):
            return self._limits.patience_s
        return self._limits.head_grace_s if version is not None or head.headers else self._limits.grace_s

    def _body(self, head: Request) -> Steps:
        headers, length = head.headers, head.headers.get("content-length")
        if length is not None and not re.fullmatch("[0-9]{1,15}", length):
            raise BadRequest(400, "Content-Length is no number")
        takes_large = head.method in ("POST", "PUT")
        self._body_bytes = self._limits.body_bytes if takes_large else self._limits.large_bytes
        is_chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        self.size = 0 if is_chunked else int(length or 0)
        self._check_size()
        self.wants_go = "100-continue" in headers.get("expect", "").lower() and not self._bytes
        self.silence_s = None
        if is_chunked:
            return (yield from self._chunks())
        if head.method == "POST" and length is None:
            return (yield from self._rest(head))
        return (yield from self._exactly(self.size))

    def _chunks(self) -> Steps:
        body = bytearray()
        while True:
            line = yield from self._line(_CHUNK_LINE_LIMIT, 400)
            size = line.partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
                raise BadRequest(400, "the size of a chunk is no number")
            self.size += int(size, 16)
            self._check_size()
            if not int(size, 16):
                break
            body += yield from self._exactly(int(size, 16))
            yield from self._line(_CHUNK_LINE_LIMIT, 400)
        for _ in range(_HEADERS_LIMIT):  # trailers
            if not (yield from self._line(_CHUNK_LINE_LIMIT, 400)):
                return bytes(body)
        raise BadRequest(431, f"more than {_HEADERS_LIMIT} trailer lines")

    def _rest(self, head: Request) -> Steps:
        """Until the connection ends; silence is an end only if nothing came: half a value is another one."""
        grace_s = self._limits.grace_s if self._is_whole(head) else self._limits.patience_s
        while self.closes or not (self._is_whole(head) or self._is_unread(head)):
            if self.is_over:
                return self._cut(len(self._bytes))
            self.size = len(self._bytes)
            self._check_size()
            self.silence_s = None if self._bytes.strip() else grace_s
            yield
        return b""  # the connection goes on

    def _is_unread(self, head: Request) -> bool:
        """Of a body without a length something is there, or was announced, and the answer needs it."""
        if head.method != "POST" or {"content-length", "transfer-encoding"} & head.headers.keys():
            return False
        return not self._is_whole(head) and ("content-type" in head.headers or bool(self._bytes.strip()))

    def _exactly(self, size: int) -> Steps:
        while len(self._bytes) < size:
            yield from self._more()
        return self._cut(size)

    def _line(self, limit: int, status: int) -> Steps:
        """The next line, without its end."""
        searched = 0
        while (end := self._bytes.find(b"\n", searched, limit + 2)) < 0:
            if len(self._bytes) > limit + 1:  # its end may be two
                raise BadRequest(status, f"a line, or all header lines, are longer than {limit} bytes")
            searched = len(self._bytes)
            yield from self._more()
        return self._cut(end + 1).rstrip(b"\r\n")

    def _more(self) -> _Wait:
        if self.is_over:
            raise _Over
        yield

    def _cut(self, size: int) -> bytes:
        found = bytes(self._bytes[:size])
        del self._bytes[:size]
        return found

    def _check_size(self) -> None:
        if self.size > self._body_bytes:
            raise BadRequest(413, f"a body of more than {self._body_bytes} bytes")


def _first_line(line: bytes) -> tuple[str, bytes, int | None]:
    """Method, target, and the version: 0 for 1.0, 1 for 1.1 and later; None: there is none."""
    word, _, rest = line.strip().partition(b" ")
    target, _, last = rest.strip().rpartition(b" ")
    version = _VERSION.fullmatch(last)
    if version is None:
        target = rest.strip()
    if not _METHOD.fullmatch(word) or not target.strip():
        raise BadRequest(400, "this is no HTTP request")
    method = word.decode().upper()
    if version is None:
        if method not in ("GET", "POST"):
            raise BadRequest(400, "this is no HTTP request")
        return method, target, None
    if version[1] != b"1":
        raise BadRequest(505, "only HTTP/1.1 is spoken here")
    return method, target.strip(), min(int(version[2]), 1)
