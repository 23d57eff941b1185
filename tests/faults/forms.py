"""The two forms as test parameters; the large one says why it is skipped where a server is not installed."""

from functools import partial
from pathlib import Path

import pytest

from tests.faults.system import embedded, scaled
from tests.server import Missing, find


def _missing() -> str:
    try:
        find("mosquitto", "mosquitto")
        find("redis-server", "redis-server")
        find("postgres", "postgresql", *sorted(Path("/usr/lib/postgresql").glob("*/bin")))
    except Missing as missing:
        return str(missing)
    return ""


EMBEDDED = pytest.param(embedded, id="embedded")
NEEDS_SERVERS = pytest.mark.skipif(bool(_missing()), reason=_missing())
SCALED = pytest.param(scaled, id="scaled", marks=NEEDS_SERVERS)
LINKED = pytest.param(partial(scaled, linked=True), id="scaled", marks=NEEDS_SERVERS)
FORMS = [EMBEDDED, SCALED]
