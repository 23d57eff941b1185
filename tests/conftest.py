"""Servers and databases that tests share. A server that is not installed skips its tests and says why."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests import servers
from tests.certificates import ServerFiles, make_certificates
from tests.servers import Missing, Mosquitto, Postgres, Redis

S = TypeVar("S")

# The same examples on every run, however slow the machine; the long form looks for new ones.
settings.register_profile("short", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=1_000)
settings.load_profile("short")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One cluster for a whole run; a test that kills it starts its own (`servers.postgres`)."""
    yield from _or_skip(servers.postgres)


@pytest.fixture(scope="session")
def mosquitto_server() -> Iterator[Mosquitto]:
    """One broker for a whole run, open to everybody: tests keep apart by their gateway ids."""
    yield from _or_skip(servers.mosquitto)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    yield from _or_skip(servers.redis)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> ServerFiles:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'evara.db'}"


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """An empty database of its own."""
    name = f"test_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


def _or_skip(start: Callable[[], AbstractContextManager[S]]) -> Iterator[S]:
    try:
        with start() as server:
            yield server
    except Missing as missing:
        pytest.skip(str(missing))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which case caught which sabotage. Here, where a run on several processes looks for it."""
    caught = [
        sentence
        for report in terminalreporter.getreports("passed")
        for name, sentence in getattr(report, "user_properties", [])
        if name == "caught" and report.when == "call"
    ]
    if caught:
        terminalreporter.section("negative controls")
        for sentence in caught:
            terminalreporter.line(str(sentence))
