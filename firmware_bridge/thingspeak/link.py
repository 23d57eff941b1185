"""Asks a ThingSpeak server for the entries of a window of time. Every trouble becomes a SourceError."""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx

from firmware_bridge.source import SourceError
from firmware_bridge.thingspeak import pacing
from firmware_bridge.thingspeak.feed import NoFeed, Page, decode
from protocol.backoff import retry_after_s

PAGE = 2_000  # entries asked for at once; the server's own limit is 8,000, a bad link's is lower
ANSWER_LIMIT = PAGE * 3_000  # bytes: an entry has at most eight fields and a status of 255 each
CONNECT_S, READ_S, ANSWER_S = 15.0, 30.0, 120.0  # to connect, between two pieces, for all of it
DEFAULT_WAIT_S = 60.0  # after 429 without Retry-After

_NO_ACCESS = "no access: a wrong number, or a private channel without its key; check channel and key_file"
_REFUSED_KEY = "its key was refused; check key_file"
_REASONS = {
    400: _NO_ACCESS,
    401: _REFUSED_KEY,
    403: _REFUSED_KEY,
    404: "it does not exist there; check channel and server",
}


class Link:
    """One channel on one server."""

    def __init__(
        self, client: httpx.AsyncClient, channel: int, keys: Sequence[str], answer_s: float = ANSWER_S
    ) -> None:
        self._client = client
        self._answer_s = answer_s
        self._keys = keys
        self._path = f"/channels/{channel}/feeds.json"
        self._host = client.base_url.netloc.decode()
        self._what = f"channel {channel} on {self._host}"

    async def page(self, since: int, until: int | None) -> Page:
        """The entries from `since` to before `until`, ms UTC at whole seconds; None: all that are newer."""
        # A second early: nothing then depends on whether the server takes `start` as inclusive.
        query = {"results": str(PAGE), "start": _text(since - 1000)}
        if until is not None:
            query["end"] = _text(until)
        await pacing.turn(self._host)
        body = await self._answer(query)
        if body.strip() == b"-1":
            raise self._trouble(f"-1, {_NO_ACCESS}")
        try:
            page = decode(body, self._keys, PAGE)
        except NoFeed as error:
            raise self._trouble(f"the answer is {error}; it is tried again") from error
        inside = [e for e in page.entries if e.wrong or (e.at >= since and (until is None or e.at < until))]
        return page._replace(entries=inside)

    async def _answer(self, query: dict[str, str]) -> bytes:
        try:
            async with (
                asyncio.timeout(self._answer_s),
                self._client.stream("GET", self._path, params=query) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise self._refused(answer)
                return await self._body(answer)
        except TimeoutError as error:
            raise self._trouble(f"no whole answer within {self._answer_s:g} s; it is tried again") from error
        except httpx.TimeoutException as error:
            raise self._trouble("no answer in time; it is tried again") from error
        except (httpx.HTTPError, zlib.error) as error:
            raise self._trouble(f"the connection failed ({error}); it is tried again") from error

    async def _body(self, answer: httpx.Response) -> bytes:
        """The body, inflated up to a limit; httpx would inflate a piece to whatever it becomes."""
        is_packed = answer.headers.get("content-encoding", "").lower() == "gzip"
        inflate, body = zlib.decompressobj(wbits=31), bytearray()
        async for piece in answer.aiter_raw():
            body += inflate.decompress(piece, ANSWER_LIMIT + 1 - len(body)) if is_packed else piece
            if len(body) > ANSWER_LIMIT:
                raise self._trouble(f"an answer of more than {ANSWER_LIMIT:,} bytes; check server")
        if is_packed and not inflate.eof:
            raise self._trouble("the answer is cut off; it is tried again")
        return bytes(body)

    def _refused(self, answer: httpx.Response) -> SourceError:
        status = answer.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS:
            asked_s = retry_after_s(answer.headers.get("retry-after", ""), time.time())
            wait_s = min(DEFAULT_WAIT_S if asked_s is None else asked_s, pacing.LONGEST_HOLD_S)
            pacing.pace_of(self._host).hold(asyncio.get_running_loop().time(), wait_s)
            return self._trouble(f"429, too many requests; nothing is asked there for {wait_s:.0f} s")
        if answer.is_redirect:
            return self._trouble(f"{status}, it has moved; name its new address as server")
        return self._trouble(f"{status}, {_REASONS.get(status, 'trouble on the server; it is tried again')}")

    def _trouble(self, what: str) -> SourceError:
        return SourceError(f"{self._what}: {what}")


@asynccontextmanager
async def open_link(server: str, channel: int, key: str | None, keys: Sequence[str]) -> AsyncIterator[Link]:
    """The key travels in a header: never in an address, which is logged."""
    headers = {"Accept-Encoding": "gzip"} | ({"X-THINGSPEAKAPIKEY": key} if key else {})
    times = httpx.Timeout(READ_S, connect=CONNECT_S)
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    async with httpx.AsyncClient(base_url=server, headers=headers, timeout=times, limits=limits) as client:
        yield Link(client, channel, keys)


def _text(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
