"""A signed POST to the address that a person gave. Redirects are not followed, no proxy is asked.

How a receiver checks one, with the secret of the channel:
1. Evara-Signature is `t=SECONDS,v1=HEX`. HEX must be the HMAC-SHA256, keyed with the secret, of SECONDS, a
   full stop and the body as it came, compared in constant time.
2. SECONDS must lie within five minutes of its clock: an older request is a replay.
3. `key` in the body (and Idempotency-Key, which is not signed) is the same on every try: a key that was seen
   before is answered 200 and not acted on. So a replay within the five minutes does nothing either.
Whoever knows the secret can sign: receivers that do not trust each other get a channel each.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import SplitResult, urlsplit

import httpx
import msgspec

from cloud.senders.reach import Network, may_reach, resolve
from cloud.senders.sender import (
    Answer,
    Message,
    Mistake,
    Name,
    SendError,
    read_secret,
    said,
    secret_mistakes,
    trust,
)
from protocol.backoff import retry_after_s
from protocol.hosts import is_name

SEND_S, CONNECT_S = 20.0, 10.0  # for all of it, to connect
ADDRESS_LIMIT = 2_000  # characters
_ANSWER_BYTES = 2_048  # of an answer that are read
_SECRET_CHARACTERS = 16
# Everything else that is not 2xx says that this request will never be taken. A secret may still be put right.
_PASSING = {401, 403, 408, 425, 429}


class Webhook(
    msgspec.Struct, tag_field="kind", tag="webhook", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    sms_parts_a_day: ClassVar[None] = None
    name: Name
    secret_file: Path  # what requests are signed with
    allow: list[
        str
    ] = []  # networks that are not public and may be reached, also in plain text: 192.168.1.0/24
    ca_file: Path | None = None  # None: the system's authorities

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(
            self,
            secret_file=folder / self.secret_file,
            ca_file=folder / self.ca_file if self.ca_file else None,
        )

    def mistakes(self) -> Iterator[Mistake]:
        yield from secret_mistakes("secret_file", self.secret_file, _SECRET_CHARACTERS)
        if self.ca_file and not self.ca_file.is_file():
            yield "ca_file", f"{self.ca_file} is not there or is no file: correct the path"
        for network in self.allow:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                yield "allow", f"{error}: write a network such as 192.168.1.0/24"

    async def send(self, message: Message) -> Answer:
        address = parse(message.address)
        secret, context = await asyncio.to_thread(self._prepare)
        body = compose(message)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Evara",
            "Idempotency-Key": message.key,
            "Evara-Signature": signature(secret, int(time.time()), body),
        }
        try:
            async with asyncio.timeout(SEND_S):
                hosts = await resolve(address.hostname or "", _port(address), self._allowed())
                self._refuse_plain(address, hosts)
                return await _post(address, hosts, headers, body, context)
        except TimeoutError as error:
            raise _trouble(address, f"no answer within {SEND_S:g} s") from error
        except httpx.TimeoutException as error:
            raise _trouble(address, "no answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _trouble(address, f"the connection failed ({error})") from error

    async def address_mistake(self, address: str) -> str | None:
        """Also that it leads to where it may not; None: nothing, or its name is not known now."""
        try:
            parts = parse(address)
            self._refuse_plain(parts, await resolve(parts.hostname or "", _port(parts), self._allowed()))
        except SendError as error:
            return str(error) if error.permanent else None
        return None

    def line(self, address: str) -> str:
        return f"{self.name} {urlsplit(address).netloc}"

    def _prepare(self) -> tuple[bytes, ssl.SSLContext]:
        """Secret and trust, as their files say now."""
        secret = read_secret(self.secret_file)
        if len(secret) < _SECRET_CHARACTERS:
            raise SendError(f"{self.secret_file} holds no whole secret", permanent=False)
        return secret.encode(), trust(self.ca_file)

    def _allowed(self) -> Sequence[Network]:
        return [ipaddress.ip_network(network) for network in self.allow]

    def _refuse_plain(self, address: SplitResult, hosts: Sequence[str]) -> None:
        if address.scheme == "https":
            return
        if any(may_reach(ipaddress.ip_address(host), ()) for host in hosts):
            raise SendError(
                f"{address.netloc}: what it says would travel in plain text: use https://", permanent=True
            )


def address_mistake(address: str) -> str | None:
    """What is wrong with the address of a webhook, known before anything is resolved; None: nothing."""
    if len(address) > ADDRESS_LIMIT:
        return f"the address has more than {ADDRESS_LIMIT} characters: shorten it"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"this is no address ({error}): write https://host/path"
    if parts.scheme not in ("https", "http") or not host or not address.isprintable() or " " in address:
        return "this is no address: write https://host/path"
    if parts.username is not None or parts.password is not None:
        return "the address holds a name or a password, and addresses are shown: remove them"
    if not host.isascii():
        return "the host has letters that are not ASCII: write it as xn--…"
    return None if is_name(host) else "the host can't be looked up: write https://host/path"


def parse(address: str) -> SplitResult:
    mistake = address_mistake(address)
    if mistake:
        raise SendError(mistake, permanent=True)
    return urlsplit(address)


def compose(message: Message) -> bytes:
    """The same bytes on every try."""
    return msgspec.json.encode(
        {
            "key": message.key,
            "person": message.person,
            "subject": message.subject,
            "text": message.text,
            "link": message.link,
            "language": message.language,
        }
    )


def signature(secret: bytes, at_s: int, body: bytes) -> str:
    """What Evara-Signature says of a body that is sent at that time."""
    signed = hmac.new(secret, b"%d." % at_s + body, hashlib.sha256)
    return f"t={at_s},v1={signed.hexdigest()}"


async def _post(
    address: SplitResult, hosts: Sequence[str], headers: dict[str, str], body: bytes, context: ssl.SSLContext
) -> Answer:
    """To the first of these hosts that takes a connection; TLS and Host still go by the name."""
    times = httpx.Timeout(SEND_S, connect=CONNECT_S)
    failed: httpx.ConnectError | httpx.ConnectTimeout | None = None
    async with httpx.AsyncClient(verify=context, timeout=times, trust_env=False) as client:
        for host in hosts:
            request = client.build_request(
                "POST",
                _at(address, host),
                headers={"Host": address.netloc, "Accept-Encoding": "identity", **headers},
                content=body,
                extensions={"sni_hostname": address.hostname},
            )
            try:
                answer = await client.send(request, stream=True, follow_redirects=False)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
                continue
            try:
                return _judged(address, answer, await _read(answer))
            finally:
                await answer.aclose()
    raise failed or SendError(f"{address.hostname} has no address", permanent=False)


def _at(address: SplitResult, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return address._replace(netloc=f"{shown}:{_port(address)}", fragment="").geturl()


def _port(address: SplitResult) -> int:
    return address.port or (443 if address.scheme == "https" else 80)


async def _read(answer: httpx.Response) -> str:
    """The beginning of the body; what follows is not waited for.

    A connection that breaks here changes nothing: the status has said whether the message was taken.
    """
    body = bytearray()
    with suppress(httpx.HTTPError):
        async for piece in answer.aiter_raw():
            body += piece[: _ANSWER_BYTES - len(body)]
            if len(body) >= _ANSWER_BYTES:
                break
    return body.decode("utf-8", "replace")


def _judged(address: SplitResult, answer: httpx.Response, body: str) -> Answer:
    status = answer.status_code
    text = said(f"{status} {body}")
    if answer.is_success:
        return Answer(text, is_delivered=True)
    if answer.is_redirect:
        raise _trouble(address, f"{status}, it has moved: write its new address", permanent=True)
    wait_s = retry_after_s(answer.headers.get("retry-after", ""), time.time())
    passes = status in _PASSING or status >= 500
    raise _trouble(address, text, permanent=not passes, wait_s=wait_s)


def _trouble(
    address: SplitResult, what: str, permanent: bool = False, wait_s: float | None = None
) -> SendError:
    """Names the host alone: a path may hold a token."""
    return SendError(f"{address.netloc}: {what}", permanent=permanent, wait_s=wait_s)
