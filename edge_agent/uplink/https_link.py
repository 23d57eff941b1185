"""The cloud over HTTPS: every POST carries one message up and brings down whatever waits."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from edge_agent.config import Credential
from edge_agent.uplink.link import Address, LinkError, Trouble, explain, parse_down, refused
from edge_agent.uplink.window import Patience
from protocol.backoff import retry_after_s
from protocol.codec import PAYLOAD_LIMIT
from protocol.messages import Down, RetryAfter

_PATH = "/api/v1/ingest"
_AT_ONCE = 2  # requests: one travels while the cloud works on the other
_QUEUE_LIMIT = 256
# A new TLS connection costs 5 KB: one a minute would be half of a month's data in a week.
_KEPT_S = 600.0
_BUSY_S = 10.0  # where a busy server does not say how long


class HttpsLink:
    def __init__(self, client: httpx.AsyncClient, address: Address, gateway: str, answer_s: float) -> None:
        self.place = address.place
        self._client = client
        self._address = address
        self._gateway = gateway
        self._answer_s = answer_s
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._down: asyncio.Queue[Sequence[Down]] = asyncio.Queue(_QUEUE_LIMIT)

    async def send(self, leaf: str, payload: bytes) -> None:
        """The message itself says what it is: `leaf` is MQTT's."""
        async with self._slots:
            try:
                # All of it: a server that gives a byte now and then is silent, too.
                async with asyncio.timeout(self._answer_s):
                    status, headers, body = await self._post(payload)
            except (httpx.HTTPError, TimeoutError) as error:
                raise explain(error, self._address) from error
        await self._down.put(self._read(status, headers, body))

    async def heard(self) -> Sequence[Down]:
        """An answer that brings nothing is a word of the cloud, too."""
        return await self._down.get()

    async def _post(self, payload: bytes) -> tuple[int, httpx.Headers, bytes]:
        body = b""
        async with self._client.stream("POST", _PATH, content=payload) as response:
            # As it travels: a compressed answer must not grow in memory past the limit.
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > PAYLOAD_LIMIT:
                    raise self._odd(f"with more than {PAYLOAD_LIMIT} bytes")
        return response.status_code, response.headers, body

    def _read(self, status: int, headers: httpx.Headers, body: bytes) -> Sequence[Down]:
        if status == httpx.codes.OK:
            return parse_down(body, self.place)
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise refused(self._address, self._gateway)
        if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            asked_s = retry_after_s(headers.get("retry-after", ""), time.time())
            return [RetryAfter(code="busy", after_s=_BUSY_S if asked_s is None else asked_s)]
        raise self._odd(f"with HTTP {status}")

    def _odd(self, how: str) -> LinkError:
        return LinkError(
            Trouble.BROKEN, f"{self.place} answers {how}", "check that url in agent.toml is Evara's address"
        )


@asynccontextmanager
async def open_https(
    address: Address, credential: Credential, trust: ssl.SSLContext, patience: Patience
) -> AsyncIterator[HttpsLink]:
    """Nothing is connected before the first `send`."""
    async with httpx.AsyncClient(
        base_url=address.place,
        auth=(credential.gateway, credential.secret),
        headers={
            "content-type": "application/octet-stream",
            "user-agent": "evara-agent",
            "accept-encoding": "identity",  # messages are compressed already
        },
        verify=trust,
        timeout=httpx.Timeout(patience.accept_s, connect=patience.connect_s),
        limits=httpx.Limits(max_connections=_AT_ONCE, keepalive_expiry=_KEPT_S),
        trust_env=False,
    ) as client:
        yield HttpsLink(client, address, credential.gateway, 2 * patience.accept_s)
