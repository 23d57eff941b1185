"""Who may do what at the broker, written as mosquitto reads it: configuration, passwords and access list.

A gateway publishes below its own up/ and reads its own down/. The cloud reads every up/, writes every down/.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from cloud.errors import Unready
from cloud.identity import secrets
from protocol.codec import PAYLOAD_LIMIT
from protocol.topics import ROOT


class Login(msgspec.Struct, frozen=True):
    """The cloud's own account at the broker."""

    username: str
    password: str


class Listener(msgspec.Struct, frozen=True):
    port: int
    address: str  # "": every one
    certificate: Path | None  # None: plain text, on loopback only
    key: Path | None
    is_for_gateways_only: bool  # then the client id is the user name: nobody takes over another's connection


def read_login(file: Path) -> Login:
    """The line USER:PASSWORD of a credential file."""
    try:
        username, colon, password = file.read_text().strip().partition(":")
    except (OSError, UnicodeDecodeError) as error:
        raise Unready(f"{file} can't be read: {error}") from error
    if not colon or not username or not password:
        raise Unready(f"{file}: write one line USER:PASSWORD")
    return Login(username, password)


def share_group(password: str) -> str:
    """The name of the ingest workers' shared subscription, known only to who has the cloud's password.

    mosquitto's access list is not asked about subscriptions. A gateway that could name the group would be
    dealt its part of all batches, and they would be gone.
    """
    return "ingest-" + hashlib.sha256(f"share {password}".encode()).hexdigest()[:24]


def write_mosquitto(
    directory: Path, listeners: Iterable[Listener], login: Login, gateways: Iterable[tuple[str, str]]
) -> None:
    """mosquitto.conf, passwords and acl. `gateways`: id and hash of each that is not revoked."""
    directory.mkdir(parents=True, exist_ok=True)
    passwords, acl = directory / "passwords", directory / "acl"
    lines = [
        "# Written by evara-cloud mosquitto: run it again after a change, then send mosquitto a SIGHUP.",
        "per_listener_settings false",
        "allow_anonymous false",
        f"password_file {passwords.absolute()}",
        f"acl_file {acl.absolute()}",
        f"max_packet_size {PAYLOAD_LIMIT + 1024}",
        "# The default of 1000 drops what a busy cloud has not fetched yet.",
        "max_queued_messages 100000",
    ]
    for listener in listeners:
        lines += _listener(listener)
    _write(passwords, [f"{login.username}:{secrets.hash_secret(login.password)}", *map(":".join, gateways)])
    _write(acl, _access(login))
    _write(directory / "mosquitto.conf", lines)


def _listener(listener: Listener) -> list[str]:
    lines = [f"listener {listener.port} {listener.address}".rstrip()]
    if listener.certificate and listener.key:
        lines += [f"certfile {listener.certificate.absolute()}", f"keyfile {listener.key.absolute()}"]
    if listener.is_for_gateways_only:
        lines.append("use_username_as_clientid true")
    return lines


def _access(login: Login) -> list[str]:
    return [
        f"user {login.username}",
        f"topic read {ROOT}/+/up/#",
        f"topic write {ROOT}/+/down/#",
        f"pattern write {ROOT}/%u/up/#",
        f"pattern read {ROOT}/%u/down/#",
    ]


def _write(file: Path, lines: list[str]) -> None:
    """The whole file or the old one: mosquitto may read at any moment. Only the owner reads it."""
    new = file.with_name(file.name + ".new")
    new.touch(mode=0o600)
    new.write_text("\n".join(lines) + "\n")
    new.replace(file)
