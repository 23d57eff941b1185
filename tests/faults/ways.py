"""How a real agent reaches the cloud in a test: MQTT or HTTPS, each through a link that can be spoilt."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.faults.forms import NEEDS_SERVERS
from tests.faults.system import System, embedded, scaled
from tests.proxy import Proxy, proxy

Way = Callable[[System], AbstractContextManager[tuple[Proxy, str]]]


@contextmanager
def over_mqtt(system: System) -> Iterator[tuple[Proxy, str]]:
    with proxy(system.broker_port) as link:
        yield link, f'broker = "mqtt://127.0.0.1:{link.port}"'


@contextmanager
def over_https(system: System) -> Iterator[tuple[Proxy, str]]:
    with proxy(int(system.web.rpartition(":")[2])) as link:
        yield link, f'url = "http://127.0.0.1:{link.port}"'


WAYS = [pytest.param(over_mqtt, id="mqtt"), pytest.param(over_https, id="https")]

# Each form and each way once in `make test`, and all pairs in `make faults`.
PAIRS = [
    pytest.param(embedded, over_mqtt, id="embedded-mqtt"),
    pytest.param(scaled, over_https, id="scaled-https", marks=NEEDS_SERVERS),
    pytest.param(embedded, over_https, id="embedded-https", marks=pytest.mark.long),
    pytest.param(scaled, over_mqtt, id="scaled-mqtt", marks=[NEEDS_SERVERS, pytest.mark.long]),
]
