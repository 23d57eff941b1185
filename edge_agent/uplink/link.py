"""The contract of a connection to the cloud, and what can be wrong with one, in a technician's words."""

import enum
import logging
import socket
import ssl
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from firmware_bridge.system_error import innermost
from protocol import codec
from protocol.codec import CodecError
from protocol.messages import Answer, Down

log = logging.getLogger(__name__)


class Trouble(enum.StrEnum):
    """What kind of trouble; each is mended elsewhere."""

    NAME = "name"  # name resolution
    UNREACHABLE = "unreachable"
    TLS = "tls"
    CREDENTIAL = "credential"  # refused: the other side is there and does not know us
    SILENT = "silent"  # connected, but the cloud does not answer
    BROKEN = "broken"  # was connected


class LinkError(Exception):
    """A connection that can't be made or is lost: one sentence with the place and the next step."""

    def __init__(self, trouble: Trouble, what: str, step: str) -> None:
        super().__init__(f"{what}: {step}")
        self.trouble = trouble
        self.what = what
        self.step = step


class Link(Protocol):
    """An open connection. Messages are delivered at most once, in any order; nothing here is trusted."""

    @property
    def place(self) -> str: ...

    async def send(self, leaf: str, payload: bytes) -> None:
        """Hand over a payload for an `up/` topic; returning proves nothing. Raises LinkError."""
        ...

    async def heard(self) -> Sequence[Down]:
        """Wait for what the cloud says: one message or more. Raises LinkError once the link is dead."""
        ...


class Address(msgspec.Struct, frozen=True):
    """Where one way leads."""

    place: str  # scheme://host:port, as people read it
    host: str
    port: int
    secure: bool


_PORTS = {"mqtt": 1883, "mqtts": 8883, "http": 80, "https": 443}


def parse_address(url: str) -> Address:
    """Of a URL that the configuration has checked."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return Address(f"{parts.scheme}://{shown}:{port}", host, port, parts.scheme in ("mqtts", "https"))


def parse_down(payload: bytes, place: str) -> list[Down]:
    """What a payload from the cloud says. What can't be read is logged and says nothing."""
    try:
        message = codec.decode(codec.decompress(payload))
    except CodecError as error:
        log.warning("%s sent something that can't be read: %s", place, error)
        return []
    if isinstance(message, Answer):
        return list(message.messages)
    if isinstance(message, Down):
        return [message]
    log.warning("%s sent a %s, which only a gateway sends", place, type(message).__name__)
    return []


def explain(error: BaseException, address: Address) -> LinkError:
    """The sentence for why a connection could not be made."""
    cause = innermost(error)
    place = address.place
    match cause:
        case socket.gaierror():
            return unresolved(address)
        case ssl.SSLCertVerificationError():
            return LinkError(
                Trouble.TLS,
                f"the certificate of {place} is not trusted ({_certain(cause.verify_message)})",
                "check ca_file in agent.toml and this machine's clock",
            )
        case ssl.SSLError():
            return LinkError(
                Trouble.TLS,
                f"{place} makes no TLS connection ({_certain(cause.reason)})",
                "check that the port in agent.toml is the one for TLS",
            )
        case ConnectionRefusedError():
            return LinkError(
                Trouble.UNREACHABLE,
                f"{place} refuses connections",
                "check that the server runs, and the port in agent.toml",
            )
        case TimeoutError() | None:
            return LinkError(
                Trouble.UNREACHABLE, f"{place} does not answer", "check the network and any firewall between"
            )
        case _:
            return LinkError(
                Trouble.UNREACHABLE,
                f"{place} can't be reached ({_certain(cause.strerror)})",
                "check the network",
            )


def unresolved(address: Address) -> LinkError:
    """Nobody knows the name, or, where getaddrinfo raises UnicodeError, nobody can: it is no name."""
    return LinkError(
        Trouble.NAME,
        f"the name {address.host} can't be resolved",
        "check the network, the name server, and the name in agent.toml",
    )


def refused(address: Address, gateway: str) -> LinkError:
    return LinkError(
        Trouble.CREDENTIAL,
        f"{address.place} refuses the credential of {gateway}",
        "check credential_file in agent.toml, and whether `evara-cloud gateway list` shows it revoked",
    )


def _certain(text: str | None) -> str:
    return text or "no reason given"
