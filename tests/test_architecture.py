"""The rules of the house hold, and a planted violation of each is seen."""

import pytest

from tests.architecture import NAMELESS, ROOT, Module, sources, violations


def test_the_house_keeps_its_rules() -> None:
    assert violations(sources()) == []


UNION = Module(
    "firmware_bridge/sources.py",
    "from firmware_bridge import thingspeak\nfrom firmware_bridge import simulated\n",
)

PLANTED = [
    pytest.param("protocol/x.py", "import time", "protocol is pure", id="a clock in protocol"),
    pytest.param("protocol/x.py", "import httpx", "protocol is pure", id="a library in protocol"),
    pytest.param("protocol/x.py", "from cloud import errors", "protocol is pure", id="protocol looks up"),
    pytest.param(
        "edge_agent/clock.py", "import cloud.errors", "imports cloud.errors", id="the agent and the cloud"
    ),
    pytest.param(
        "cloud/errors.py", "from edge_agent.clock import now_ms", "edge_agent", id="and the other way"
    ),
    pytest.param(
        "cloud/store/x.py", "from tests.waiting import until", "imports tests", id="code that needs tests"
    ),
    pytest.param(
        "cloud/api/x.py", "import firmware_bridge.source", "only cloud/config.py", id="devices in the API"
    ),
    pytest.param(
        "cloud/store/x.py", "from cloud import api", "does not stand below", id="the store calls the API"
    ),
    pytest.param(
        "cloud/store/x.py", "from ..ingest import commit", "does not stand below", id="by a relative import"
    ),
    pytest.param("cloud/api/x.py", "from cloud.tasks import poll", "does not stand below", id="siblings"),
    pytest.param(
        "cloud/api/x.py", "def f():\n    import cloud.program", "does not stand below", id="inside a function"
    ),
    pytest.param("cloud/new.py", "", "has no place in LAYERS", id="a part nobody placed"),
    pytest.param(
        "edge_agent/clock.py", "from edge_agent.outbox import store", "below", id="the clock writes"
    ),
    pytest.param(
        "firmware_bridge/simulated/simulated.py",
        "from firmware_bridge import thingspeak",
        "know each",
        id="two sources",
    ),
    pytest.param("cloud/senders/log.py", "from cloud.senders import mail", "know each", id="two senders"),
    pytest.param("cloud/api/x.py", "x = 1\n" * 251, "has 251 lines", id="a long file"),
    pytest.param("tests/fakes/__init__.py", "x = 1", "holds code", id="code in __init__"),
    pytest.param("cloud/store/utils.py", "", "utils is no noun", id="a file of everything"),
    pytest.param("tests/helpers/x.py", "", "helpers is no noun", id="a folder of everything"),
    pytest.param(
        "cloud/errors.py", "from __future__ import annotations", "types are read", id="postponed types"
    ),
    pytest.param(
        "cloud/errors.py", "from typing import TYPE_CHECKING", "types are read", id="types for the checker"
    ),
    pytest.param("tests/x.py", "from unittest.mock import Mock", "no mocks", id="a mock"),
    pytest.param(
        "cloud/program.py",
        "try:\n    x()\nexcept Exception:\n    pass",
        "catches everything",
        id="a wide net",
    ),
    pytest.param("cloud/program.py", "asyncio.create_task(x())", "outside a TaskGroup", id="a loose task"),
]


@pytest.mark.parametrize(("path", "text", "expected"), PLANTED)
def test_a_planted_violation_is_seen(path: str, text: str, expected: str) -> None:
    found = violations([UNION, Module(path, text)])
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("protocol/x.py", "import zlib, msgspec\nfrom protocol import reading", id="pure"),
        pytest.param(
            "cloud/config.py", "import firmware_bridge.sources", id="the configuration names sources"
        ),
        pytest.param(
            "cloud/ingest/x.py",
            "from cloud.store import points\nfrom cloud.identity import access",
            id="down",
        ),
        pytest.param("cloud/store/migrations/versions/0001_x.py", "x = 1\n" * 300, id="a long migration"),
        pytest.param("edge_agent/agent.py", "tasks.create_task(x())", id="a task of a group"),
    ],
)
def test_what_is_right_is_not_refused(path: str, text: str) -> None:
    assert violations([UNION, Module(path, text)]) == []


def test_the_dashboard_names_its_files_too() -> None:
    files = [path for path in (ROOT / "cloud/dashboard/src").rglob("*") if path.suffix in {".ts", ".svelte"}]
    assert files
    assert [str(path) for path in files if path.name.split(".")[0] in NAMELESS] == []
