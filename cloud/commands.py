"""The commands besides serve: each opens what it needs, does one thing and returns what to print."""

import asyncio
import datetime
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cloud.clock import clock
from cloud.config import ConfigError, Settings
from cloud.identity import access, enrol
from cloud.identity.access import Listener, read_login
from cloud.identity.enrol import Reach
from cloud.identity.first_start import ensure_administrator, set_password
from cloud.store import gateways
from cloud.store.database import Database, open_database
from cloud.store.migrate import upgrade
from protocol.hosts import is_loopback


def openapi(settings: Settings) -> str:
    """The API's description, as the server would give it at /api/v1/openapi.json."""
    # Imported here: no other command needs the web application.
    from cloud.api.document import openapi_document

    return json.dumps(openapi_document(), indent=2, sort_keys=True)


async def migrate(settings: Settings) -> str:
    if settings.is_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    await upgrade(settings.database_url)
    return "the database is up to date"


async def add_gateway(settings: Settings, name: str, site: str, zone: str, out: Path) -> tuple[str, str]:
    """agent.toml, and what to do with it."""
    reach = _reach(settings)
    async with _database(settings) as (database, organisation):
        made = await enrol.enrol(database, organisation, name, site, zone, reach, out, clock())
    files = f"{made.credential} and {out / 'ca.pem'}" if reach.ca_file else str(made.credential)
    hint = f"gateway {made.id} made: save the lines above as agent.toml on the gateway, beside {files}"
    if not settings.is_broker_embedded:
        hint += "; then run evara-cloud mosquitto DIR again and send mosquitto a SIGHUP"
    return made.document, hint


async def list_gateways(settings: Settings) -> str:
    async with _database(settings) as (database, organisation), database.reading() as connection:
        rows = await gateways.of_organisation(connection, organisation)
    lines = [
        f"{row.id}\t{row.site}\t{row.label}\t"
        + ("revoked" if row.revoked_at else f"last heard {_moment(row.last_contact_at)}")
        for row in rows
    ]
    return "\n".join(lines) or "there are no gateways: make one with evara-cloud gateway add NAME --site SITE"


async def revoke_gateway(settings: Settings, key: str) -> str:
    async with _database(settings) as (database, _):
        await enrol.revoke(database, key, clock())
    hint = f"gateway {key} is revoked: nothing it sends is stored any more"
    if not settings.is_broker_embedded:
        hint += "; run evara-cloud mosquitto DIR again and send mosquitto a SIGHUP"
    return hint


async def change_password(settings: Settings, name: str, password: str) -> str:
    async with _database(settings) as (database, _):
        await set_password(database, name, password)
    return f"the password of {name} is changed; its sessions have ended"


async def write_mosquitto(settings: Settings, directory: Path) -> str:
    if settings.is_broker_embedded or settings.broker_credential_file is None:
        raise ConfigError(
            "EVARA_BROKER: broker: the broker is the embedded one; set mqtt(s)://host:port first"
        )
    login = read_login(settings.broker_credential_file)
    async with _database(settings) as (database, _), database.reading() as connection:
        hashes = await gateways.secret_hashes(connection)
    await asyncio.to_thread(access.write_mosquitto, directory, _listeners(settings), login, hashes)
    file = directory / "mosquitto.conf"
    return f"{file} lets in {len(hashes)} gateways: start mosquitto -c {file}, or send it a SIGHUP"


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[Database, int]]:
    """The database as a started server has it, and the organisation that the command line works for."""
    await migrate(settings)
    database = await open_database(settings.database_url, pool=2)
    try:
        yield database, await ensure_administrator(database, settings.data_dir, clock())
    finally:
        await database.close()


def _reach(settings: Settings) -> Reach:
    parts = urlsplit(settings.url)
    if parts.hostname in {"0.0.0.0", "::"} or parts.port == 0:  # noqa: S104
        raise ConfigError("EVARA_PUBLIC_URL: public_url: gateways need the address of this server: set it")
    return Reach(settings.url, settings.public_broker, settings.ca_file)


def _listeners(settings: Settings) -> Sequence[Listener]:
    """One for both where they share a port, else one for the cloud and one for gateways."""
    own, public = urlsplit(settings.broker), urlsplit(settings.public_broker or settings.broker)
    ports = {(own.port or _port(own.scheme)): own, (public.port or _port(public.scheme)): public}
    for port, url in ports.items():
        if url.scheme == "mqtts" and not settings.tls_certificate_file:
            raise ConfigError(
                f"EVARA_TLS_CERTIFICATE_FILE: port {port} of the broker speaks TLS: "
                "set tls_certificate_file and tls_key_file"
            )
    return [
        Listener(
            port=port,
            address="127.0.0.1" if is_loopback(url.hostname or "") else "",
            certificate=settings.tls_certificate_file if url.scheme == "mqtts" else None,
            key=settings.tls_key_file if url.scheme == "mqtts" else None,
            is_for_gateways_only=len(ports) > 1 and url is public,
        )
        for port, url in ports.items()
    ]


def _port(scheme: str) -> int:
    return 8883 if scheme == "mqtts" else 1883


def _moment(at: int | None) -> str:
    if at is None:
        return "never"
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).isoformat(timespec="seconds")
