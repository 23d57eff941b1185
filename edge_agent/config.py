"""agent.toml to structs. Every error is one sentence: file, key, value and what would be right."""

from pathlib import Path

import msgspec

from firmware_bridge.sources import AnySource


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
    seal_every_s: float = 60.0
    heartbeat_s: float = 60.0


class Config(msgspec.Struct, frozen=True, kw_only=True):
    gateway: GatewayConfig
    outbox: OutboxConfig
    cloud: CloudConfig | None  # None: the agent only records
    sources: list[AnySource]


class Credential(msgspec.Struct, frozen=True):
    gateway: str  # the gateway id
    secret: str


def load(path: Path) -> Config:
    """The configuration; paths in it are made relative to the file. Raises ConfigError."""
    raise NotImplementedError


def load_credential(path: Path) -> Credential:
    """Raises ConfigError: missing, unreadable, readable by others, not `GATEWAY_ID:SECRET`."""
    raise NotImplementedError
