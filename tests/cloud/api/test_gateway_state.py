"""A gateway in one word."""

import msgspec
import pytest

from cloud.api.shapes import GatewayState, gateway_state
from cloud.store.gateways import GatewayRow

NOW = 1_800_000_000_000

HEARD_NOW = GatewayRow(
    id="amba-7k3q",
    organisation_id=1,
    site_id=1,
    site="Chikli",
    label="amba",
    created_at=0,
    revoked_at=None,
    last_contact_at=NOW,
    dead=False,
    heartbeat_s=60.0,
    offline_after_s=900,
    version="0.1.0",
    backlog_readings=0,
    backlog_oldest_at=None,
    parked=0,
    clock_offset_ms=0,
    breakers=[],
)

CASES = [
    pytest.param({}, "online", id="heard just now"),
    pytest.param({"last_contact_at": NOW - 119_000}, "online", id="one heartbeat missed"),
    pytest.param({"last_contact_at": NOW - 121_000}, "quiet", id="two heartbeats missed"),
    pytest.param({"dead": True}, "quiet", id="its last will came"),
    pytest.param({"last_contact_at": NOW - 901_000}, "offline", id="silent for longer than the site allows"),
    pytest.param(
        {"last_contact_at": NOW - 901_000, "dead": True}, "offline", id="a will does not outlast silence"
    ),
    pytest.param(
        {"last_contact_at": NOW - 100_000, "offline_after_s": 60}, "offline", id="a site that allows less"
    ),
    pytest.param({"backlog_readings": 1}, "catching up", id="it still holds old readings"),
    pytest.param({"backlog_readings": 1, "dead": True}, "quiet", id="it holds old readings and died"),
    pytest.param({"last_contact_at": None}, "never seen", id="made and not started yet"),
    pytest.param({"revoked_at": NOW, "last_contact_at": None}, "revoked", id="revoked before it was seen"),
    pytest.param({"revoked_at": NOW}, "revoked", id="revoked"),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_state(changes: dict[str, object], expected: GatewayState) -> None:
    assert gateway_state(msgspec.structs.replace(HEARD_NOW, **changes), NOW) == expected
