"""A new gateway: its id, its secret, and the files that make an agent work elsewhere."""

import json
import re
import secrets as random
import zoneinfo
from pathlib import Path

import msgspec

from cloud.errors import Invalid, NotFound, Unready
from cloud.identity import secrets
from cloud.store import gateways, sites
from cloud.store.database import Database

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_NAME_LIMIT = 128
_SLUG_LIMIT = 40


class Reach(msgspec.Struct, frozen=True):
    """How a gateway reaches this cloud."""

    url: str
    broker: str  # "": HTTPS only
    ca_file: Path | None  # None: the system's authorities


class Enrolled(msgspec.Struct, frozen=True):
    id: str
    credential: Path
    document: str  # agent.toml


async def enrol(
    database: Database,
    organisation_id: int,
    name: str,
    site: str,
    zone: str,
    reach: Reach,
    directory: Path,
    now: int,
) -> Enrolled:
    """Make a gateway at a site, made too where it is new, and write its credential file."""
    _check_name("the gateway's name", name)
    _check_name("the site's name", site)
    _check_zone(zone)
    key = f"{_slug(name)}-{''.join(random.choice(_BASE32) for _ in range(4))}"
    secret = secrets.make_secret()
    credential = directory / f"{key}.credential"
    async with database.writing() as connection:
        site_id = await sites.ensure(connection, organisation_id, site, zone, now)
        await gateways.add(connection, key, organisation_id, site_id, name, secrets.hash_secret(secret), now)
        # Before the commit: rather a file without a gateway than a gateway whose secret nobody has.
        _write_files(directory, credential, f"{key}:{secret}\n", reach.ca_file)
    return Enrolled(key, credential, _document(name, credential.name, reach))


async def revoke(database: Database, key: str, now: int) -> None:
    """From its commit on nothing of this gateway is stored."""
    async with database.writing() as connection:
        if not await gateways.revoke(connection, key, now):
            raise NotFound(f"there is no active gateway {key}: see evara-cloud gateway list")


def _document(name: str, credential: str, reach: Reach) -> str:
    lines = [
        "[gateway]",
        f"name = {_quote(name)}",
        "",
        "[outbox]",
        'path = "outbox.db"',
        "",
        "[cloud]",
        f"url = {_quote(reach.url)}",
        *([f"broker = {_quote(reach.broker)}"] if reach.broker else []),
        f"credential_file = {_quote(credential)}",
        *(['ca_file = "ca.pem"'] if reach.ca_file else []),
        "",
        "# What this gateway reads, for example:",
        "# [[sources]]",
        '# kind = "simulated"',
        '# name = "community"',
    ]
    return "\n".join(lines) + "\n"


def _write_files(directory: Path, credential: Path, line: str, ca_file: Path | None) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        credential.touch(mode=0o600, exist_ok=False)
        credential.write_text(line)
        if ca_file:
            (directory / "ca.pem").write_bytes(ca_file.read_bytes())
    except OSError as error:
        raise Unready(f"{credential} can't be written: {error.strerror}; choose another --out") from error


def _slug(name: str) -> str:
    """What of a name may stand in a topic, a client id and a file name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_SLUG_LIMIT].strip("-") or "gateway"


def _check_name(what: str, name: str) -> None:
    if not 0 < len(name) <= _NAME_LIMIT or not name.isprintable():
        raise Invalid(f"{what} is {name[:40]!r}: write 1 to {_NAME_LIMIT} printable characters")


def _check_zone(zone: str) -> None:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(f"--zone {zone}: no such time zone; write it as Asia/Kolkata") from error


def _quote(text: str) -> str:
    # A JSON string is a TOML string too, as long as everything in it is printable.
    return json.dumps(text, ensure_ascii=False)
