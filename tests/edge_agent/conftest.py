"""A site, a broker of its own, a bad link to it, and a cloud behind it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from edge_agent.outbox.store import open_outbox
from tests.edge_agent.site import Site
from tests.fakes.cloud import Cloud, served_by_broker
from tests.proxy import Proxy, proxy
from tests.servers import Missing, Mosquitto, mosquitto


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_outbox(tmp_path / "outbox.db") as outbox:
        yield Site(outbox, tmp_path)


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    try:
        with mosquitto() as running:
            yield running
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def link(broker: Mosquitto) -> Iterator[Proxy]:
    with proxy(broker.port) as running:
        yield running


@pytest.fixture
async def cloud(broker: Mosquitto) -> AsyncIterator[Cloud]:
    made = Cloud()
    async with served_by_broker(made, broker.port):
        yield made
