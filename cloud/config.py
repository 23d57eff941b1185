"""cloud.toml and the environment, checked as a whole before anything starts. Secrets come from files.

A setting is taken from EVARA_<NAME>, else from the file that EVARA_<NAME>_FILE names, else from cloud.toml
(EVARA_CONFIG, or ./cloud.toml where it exists). Paths in cloud.toml are relative to it.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import msgspec

from cloud.errors import CloudError
from cloud.senders import senders
from cloud.senders.senders import AnySender
from protocol.hosts import is_loopback

_FILES = ("broker_credential_file", "broker_ca_file", "tls_certificate_file", "tls_key_file", "ca_file")

MODES = ("all_in_one", "api", "ingest")

Problem = tuple[str, str]  # setting, sentence


class ConfigError(CloudError):
    """A setting that can't work: where it stands and what to write instead."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mode: str = "all_in_one"  # one of MODES
    data_dir: Path = Path("evara-data")  # the embedded database, the first password
    database: str = ""  # "": SQLite in data_dir; else postgresql://…
    broker: str = "embedded://127.0.0.1:0"  # port 0: a free one; else mqtt(s)://host:port
    broker_credential_file: Path | None = None  # one line USER:PASSWORD, for a broker that is not embedded
    broker_ca_file: Path | None = None  # default: the system's authorities
    redis: str = ""  # "": live changes stay within this process
    listen: str = "127.0.0.1:8080"
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    public_url: str = ""  # where gateways and browsers reach this server; "": as listen says
    public_broker: str = ""  # where gateways reach the broker; "": gateways use HTTPS only
    ca_file: Path | None = None  # the authority gateways need to trust the two above; default: the system's
    channels: list[AnySender] = []  # what messages go out by; [[channels]] in cloud.toml

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir.absolute() / 'evara.db'}"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_broker_embedded(self) -> bool:
        return self.broker.startswith("embedded://")

    @property
    def url(self) -> str:
        """Where this server is reached, without a slash at its end."""
        scheme = "https" if self.tls_certificate_file else "http"
        return self.public_url.rstrip("/") or f"{scheme}://{self.listen}"


def load(environment: Mapping[str, str]) -> Settings:
    """The settings of this process. Raises ConfigError with the place and the next step."""
    place = _file(environment)
    document = _read_toml(place) if place else {}
    for name in ("data_dir", *_FILES):
        value = document.get(name)
        if place and isinstance(value, str):
            document[name] = str(place.parent / value)
    where = dict.fromkeys(document, str(place))
    for name, (text, variable) in _from_environment(environment).items():
        document[name], where[name] = text, variable
    _refuse_unknown(document, where)
    try:
        settings = msgspec.convert(document, Settings, strict=False, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        path = str(error).rpartition("$.")[2].partition("`")[0]
        name = path.partition("[")[0]
        raise ConfigError(f"{where.get(name, place)}: {path}: {str(error).partition(' - at')[0]}") from error
    if place:
        channels = [channel.located(place.parent) for channel in settings.channels]
        settings = msgspec.structs.replace(settings, channels=channels)
    for path, sentence in _problems(settings):
        name = path.partition("[")[0]
        raise ConfigError(f"{where.get(name, 'EVARA_' + name.upper())}: {path}: {sentence}")
    return settings


def _file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("EVARA_CONFIG")
    if named:
        return Path(named)
    return Path("cloud.toml") if Path("cloud.toml").is_file() else None


def _read_toml(place: Path) -> dict[str, object]:
    try:
        return tomllib.loads(place.read_text())
    except FileNotFoundError as error:
        raise ConfigError(f"EVARA_CONFIG: {place} is not there: create it or correct the path") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{place} can't be read: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Value and variable by setting."""
    found: dict[str, tuple[str, str]] = {}
    for variable, value in environment.items():
        if not variable.startswith("EVARA_") or variable == "EVARA_CONFIG":
            continue
        name = variable.removeprefix("EVARA_").lower()
        stem = name.removesuffix("_file")
        if name not in Settings.__struct_fields__ and stem != name and stem in Settings.__struct_fields__:
            if f"EVARA_{stem.upper()}" in environment:
                raise ConfigError(f"{variable} and EVARA_{stem.upper()} are both set: keep one of them")
            found[stem] = _read_secret(variable, value), variable
        else:
            found[name] = value, variable
    return found


def _read_secret(variable: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{variable}: {path} can't be read: {error}") from error


def _to_path(kind: type, value: object) -> object:
    """msgspec knows no paths."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"expected a path, got {value!r}")


def _refuse_unknown(document: dict[str, object], where: dict[str, str]) -> None:
    for name in document:
        if name not in Settings.__struct_fields__:
            near = difflib.get_close_matches(name, Settings.__struct_fields__, 1)
            known = ", ".join(Settings.__struct_fields__)
            hint = f"did you mean {near[0]}?" if near else f"known are {known}"
            raise ConfigError(f"{where[name]}: there is no setting {name!r}; {hint}")


def _problems(settings: Settings) -> Iterator[Problem]:
    """What can't work and what is unsafe, as (setting, sentence)."""
    for name in _FILES:
        path: Path | None = getattr(settings, name)
        if path is not None and not path.is_file():
            yield name, f"{path} is not there or is no file: correct the path"
    if not settings.database_url.startswith(("sqlite:", "postgresql:", "postgresql+asyncpg:")):
        yield "database", "write postgresql://user:password@host/name, or leave it out for SQLite in data_dir"
    if settings.redis and not settings.redis.startswith(("redis://", "rediss://", "unix://")):
        yield "redis", "write redis://host:6379/0"
    yield from _web_problems(settings)
    yield from _broker_problems(settings)
    yield from _public_broker_problems(settings)
    yield from _mode_problems(settings)
    yield from senders.mistakes(settings.channels)


def _web_problems(settings: Settings) -> Iterator[Problem]:
    address, public = _split(f"//{settings.listen}"), _split(settings.public_url)
    if (settings.tls_certificate_file is None) != (settings.tls_key_file is None):
        yield "tls_certificate_file", "a certificate and its key belong together: set tls_key_file as well"
    if not address or not address.hostname or address.port is None:
        yield "listen", "write host:port, for example 127.0.0.1:8080"
    elif not (is_loopback(address.hostname) or settings.tls_certificate_file or public.scheme == "https"):
        yield (
            "listen",
            f"{address.hostname} is reachable from elsewhere without TLS: set tls_certificate_file and "
            "tls_key_file, or public_url=https://… where a proxy in front does TLS",
        )
    if not settings.public_url:
        return
    if public.scheme not in {"http", "https"} or not public.hostname:
        yield "public_url", "write https://host, with :port where it is not 443"
    elif public.path.strip("/") or public.query:
        yield "public_url", "a path is not supported: give Evara a host name of its own"
    elif public.scheme == "http" and not is_loopback(public.hostname):
        yield "public_url", "passwords and secrets would travel in plain text: use https://"


def _broker_problems(settings: Settings) -> Iterator[Problem]:
    broker = _split(settings.broker)
    if broker.scheme not in {"embedded", "mqtt", "mqtts"} or not broker.hostname:
        yield "broker", "write mqtts://host:8883, or embedded://127.0.0.1:0 for the built-in one"
    elif broker.scheme == "embedded":
        if not is_loopback(broker.hostname):
            yield "broker", "the embedded broker is no trust boundary and stays on 127.0.0.1: use mosquitto"
    elif settings.broker_credential_file is None:
        yield "broker_credential_file", "a broker needs a login: a file with one line USER:PASSWORD"
    elif broker.scheme == "mqtt" and not is_loopback(broker.hostname):
        yield "broker", "the login would travel in plain text: use mqtts://"


def _public_broker_problems(settings: Settings) -> Iterator[Problem]:
    if not settings.public_broker:
        return
    public = _split(settings.public_broker)
    if public.scheme not in {"mqtt", "mqtts"} or not public.hostname or public.port is None:
        yield "public_broker", "write mqtts://host:8883"
    elif not is_loopback(public.hostname):
        if settings.is_broker_embedded:
            yield "public_broker", "the embedded broker can't be reached from elsewhere: use mosquitto"
        if public.scheme == "mqtt":
            yield "public_broker", "gateways refuse plain text: use mqtts://"


def _mode_problems(settings: Settings) -> Iterator[Problem]:
    mode = settings.mode
    if mode not in MODES:
        yield "mode", f"{mode!r} is none of {', '.join(MODES)}"
    if mode == "all_in_one":
        return
    if settings.is_sqlite:
        yield "mode", f"{mode} shares its database with other processes: set database to PostgreSQL"
    if not settings.redis:
        yield "mode", f"{mode} shares live changes with other processes: set redis"
    if mode == "ingest" and settings.is_broker_embedded:
        yield "mode", "ingest reads from a broker of its own: set broker to mqtt(s)://host:port"


def _split(url: str) -> SplitResult:
    """The parts of a URL; none where it is no URL."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts
