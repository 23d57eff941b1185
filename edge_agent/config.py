"""agent.toml to structs. Every error is one sentence: file, key, value and what would be right."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from edge_agent import mistakes
from edge_agent.action_kinds import AnyAction, Webhook
from edge_agent.mistakes import looks_secret, shown
from firmware_bridge.sources import AnySource
from protocol.hosts import is_loopback, is_name
from protocol.topics import GATEWAY_ID

_SECRET_LIMIT = 256  # characters

Span = Annotated[float, Meta(ge=0.1, le=86_400)]  # seconds


class ConfigError(Exception):
    """One sentence per line; `str()` of it is what a person should read."""


class GatewayConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""  # a label; the gateway's id is its credential's


class OutboxConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: Path = Path("outbox.db")


class CloudConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """At least one of `url` and `broker` is set; plain text only to this machine itself."""

    credential_file: Path
    url: str | None = None  # HTTPS
    broker: str | None = None  # mqtts://host[:port]; None: HTTPS only
    ca_file: Path | None = None  # None: the system's authorities
    seal_every_s: Span = 60.0
    heartbeat_s: Span = 60.0


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    gateway: GatewayConfig = GatewayConfig()
    outbox: OutboxConfig = OutboxConfig()
    cloud: CloudConfig | None = None  # None: the agent only records
    sources: list[AnySource] = []
    actions: list[AnyAction] = []  # what rules may switch here, also with no link


class Credential(msgspec.Struct, frozen=True):
    gateway: str  # the gateway id
    secret: str


def load(path: Path) -> Config:
    """The configuration; paths in it are made relative to the file. Raises ConfigError."""
    document = _parse(path)
    wrong = mistakes.find(document, Config, "")
    if not wrong:
        config = msgspec.convert(document, Config, dec_hook=mistakes.decode_path)
        located = _locate(config, path.parent)
        wrong = [
            *_cloud_mistakes(located.cloud),
            *_name_mistakes(config),
            *_point_mistakes(config),
            *_action_mistakes(config.actions),
        ]
    if wrong:
        raise ConfigError("\n".join(f"{path}: {mistake}" for mistake in wrong))
    return located


def load_credential(path: Path) -> Credential:
    """Raises ConfigError: missing, unreadable, not `GATEWAY_ID:SECRET`."""
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: the credential file is not there; `evara-cloud gateway add` makes it, copy it here"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path}: the credential cannot be read ({error.strerror}); give it to the agent's user"
        ) from error
    except UnicodeDecodeError:
        text = ""
    gateway, _, secret = text.partition(":")
    if not GATEWAY_ID.fullmatch(gateway) or not 0 < len(secret) <= _SECRET_LIMIT or not secret.isprintable():
        raise ConfigError(
            f"{path}: this is no credential (one line GATEWAY_ID:SECRET); "
            f"copy the file that `evara-cloud gateway add` made once more"
        )
    return Credential(gateway, secret)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: this file is not there; name another one with --config, "
            f"or take what `evara-cloud gateway add` printed"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{path}: this file cannot be read ({error.strerror}); give it to the agent's user"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is no UTF-8; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f'{path}: this is no TOML: {error}; texts stand in quotes, as "this"') from error


def _locate(config: Config, folder: Path) -> Config:
    """Relative to the file, wherever the agent was started."""
    cloud = config.cloud
    if cloud is not None:
        cloud = msgspec.structs.replace(
            cloud,
            credential_file=folder / cloud.credential_file,
            ca_file=folder / cloud.ca_file if cloud.ca_file else None,
        )
    return Config(
        gateway=config.gateway,
        outbox=OutboxConfig(folder / config.outbox.path),
        cloud=cloud,
        sources=[source.located(folder) for source in config.sources],
        actions=config.actions,
    )


def _cloud_mistakes(cloud: CloudConfig | None) -> Iterator[str]:
    if cloud is None:
        return
    if cloud.url is None and cloud.broker is None:
        yield "`cloud` has neither `url` nor `broker`: set at least one, or remove [cloud] to record only"
    if cloud.url is not None:
        yield from _address_mistakes("cloud.url", cloud.url, "https", "http")
    if cloud.broker is not None:
        yield from _address_mistakes("cloud.broker", cloud.broker, "mqtts", "mqtt")
    if looks_secret(cloud.credential_file.name):  # else it would be in every sentence about the file
        yield (
            "`cloud.credential_file` holds a secret itself; put it into a file that only the agent's user "
            "may read, and write the file's name here"
        )
    if cloud.ca_file is not None and not cloud.ca_file.is_file():
        yield f"`cloud.ca_file` = {shown(str(cloud.ca_file))} is not there; copy it, or remove the line"


def _address_mistakes(key: str, address: str, safe: str, plain: str) -> Iterator[str]:
    if "@" in address:  # first, for every other sentence shows the address
        yield f"`{key}` holds a name or a password; they belong in `credential_file`, remove them here"
        return
    said = f"`{key}` = {shown(address)}"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        yield f"{said} is no address ({error}); write it as `{safe}://host:port`"
        return
    if parts.scheme not in (safe, plain) or not host:
        yield f"{said} is no address of this kind; write it as `{safe}://{_host_of(address)}`"
    elif not is_name(host):
        yield f"{said} has no host name that can be looked up; write it as `{safe}://host:port`"
    elif _has_more(parts):
        yield f"{said} has more than a host and a port; write `{parts.scheme}://{parts.netloc}`"
    elif parts.scheme == plain and not is_loopback(host):
        yield (
            f"{said} would send the secret and the readings in plain text over the network; "
            f"write `{safe}://{parts.netloc}` ({plain}:// is for this machine only)"
        )


def _host_of(address: str) -> str:
    return "host" if looks_secret(address) else address.rpartition("://")[2].partition("/")[0] or "host"


def _has_more(parts: SplitResult) -> bool:
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


def _name_mistakes(config: Config) -> Iterator[str]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, source in enumerate(config.sources):
        places[source.name].append(place)
    for name, found in places.items():
        if len(found) > 1:
            yield (
                f"`sources[{found[1]}].name` = {shown(name)} is the name of `sources[{found[0]}]` too; "
                f"its cursor is kept by its name, so give it one of its own"
            )


def _action_mistakes(actions: Sequence[AnyAction]) -> Iterator[str]:
    places: dict[str, int] = {}
    for place, action in enumerate(actions):
        first = places.setdefault(action.name, place)
        if first != place:
            yield f"`actions[{place}].name` = {shown(action.name)} is the name of `actions[{first}]` too"
        if isinstance(action, Webhook) and urlsplit(action.url).scheme not in ("http", "https"):
            yield f"`actions[{place}].url` is no address; write it as `http://host:port/path`"


def _point_mistakes(config: Config) -> Iterator[str]:
    owners: dict[str, str] = {}
    for place, source in enumerate(config.sources):
        for point in source.points():
            owner = owners.setdefault(point.name, source.name)
            if owner != source.name:
                yield (
                    f"`sources[{place}]` ({source.name}) has the point {point.name}, which {owner} has too; "
                    f"give one of them another device or metric"
                )
