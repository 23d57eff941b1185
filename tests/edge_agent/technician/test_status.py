"""What `status` makes of the outbox's facts, and how it says it on a phone."""

from pathlib import Path

import msgspec
import pytest

from edge_agent.config import CloudConfig, Config, GatewayConfig, OutboxConfig
from edge_agent.outbox.facts import OutboxFacts, ParkedFact, PointFact, RejectFact
from edge_agent.technician.status import Status, age, exit_code, judge, tell
from firmware_bridge.simulated.simulated import Simulated
from protocol.breaker import Breaker, State
from protocol.messages import Loss, Queue, RefusalCode
from protocol.reading import Quality

NOW = 1_795_000_000_000
CONFIG = Config(
    gateway=GatewayConfig(name="amba"),
    outbox=OutboxConfig(path=Path("outbox.db")),
    cloud=CloudConfig(url="https://evara.example.org", credential_file=Path("credential")),
    sources=[Simulated(name="community")],
)
LEVEL = PointFact("oht-1/level", "m", 5.0, NOW - 4_000, 1.25, 0)
FACTS = OutboxFacts(
    queue=Queue(),
    points=[LEVEL],
    origins=[],
    breakers={},
    rejects=[],
    parked=[],
    losses=[],
    losses_recorded=0,
    notes={"reached_at": str(NOW - 4_000), "link": "mqtts://broker.example.org:8883"},
)


def status(running: bool = True, **changes: object) -> Status:
    return judge(CONFIG, msgspec.structs.replace(FACTS, **changes), running, NOW)


def test_when_all_is_well_one_sentence_says_it() -> None:
    found = status()
    assert exit_code(found) == 0
    assert tell(found) == [
        "Recording. Cloud reached 4 s ago. Backlog 0. 1 points good.",
        "source   community: reads",
        "oht-1/level                1.25 m        4 s ago",
    ]


WORRIES = [
    pytest.param(status(running=False), 2, "Not running: nothing is recorded.", id="it does not run"),
    pytest.param(status(notes={}), 1, "Cloud never reached.", id="never reached"),
    pytest.param(
        status(notes={"reached_at": str(NOW - 7_200_000), "trouble": "b does not answer: check"}),
        1,
        "Trouble: b does not answer: check",
        id="the cloud is out of reach",
    ),
    pytest.param(status(queue=Queue(parked=2)), 1, "parked         2", id="batches are parked"),
    pytest.param(
        status(parked=[ParkedFact("e", 7, RefusalCode.UNDECODABLE, "no unit is called furlong", 200, NOW)]),
        0,
        "parked last: no unit is called furlong",
        id="why a batch is parked",
    ),
    pytest.param(status(losses_recorded=1), 1, "losses         1", id="readings are lost"),
    pytest.param(
        status(losses=[Loss(id="1", since=NOW, until=NOW, count=3, reason="the disk was full")]),
        0,
        "lost last: the disk was full",
        id="why readings are lost",
    ),
    pytest.param(
        status(rejects=[RejectFact("tank", "12 columns, not 10", 9, NOW, "feeds.csv record 17", "1,5")]),
        0,
        "rejects        9  rows that gave no reading\ntank: 9 x 12 columns, not 10, last feeds.csv record 17",
        id="rows are rejected: why, and where the last one is",
    ),
    pytest.param(
        status(breakers={"community": Breaker(state=State.OPEN)}),
        1,
        "community: fails, is tried again later",
        id="a source fails",
    ),
    pytest.param(
        status(points=[msgspec.structs.replace(LEVEL, at=NOW - 11_000)]),
        1,
        "1 points stale",
        id="older than two intervals is stale",
    ),
    pytest.param(
        status(points=[msgspec.structs.replace(LEVEL, interval_s=None, at=NOW - 3_601_000)]),
        1,
        "1 points stale",
        id="an irregular point is not good for ever",
    ),
    pytest.param(
        status(points=[msgspec.structs.replace(LEVEL, at=NOW + 86_400_000)]),
        0,
        "1.25 m        ahead  suspect",
        id="a reading from the future is not good",
    ),
    pytest.param(
        status(notes={"reached_at": str(NOW + 1), "trouble": "b does not answer: check"}),
        1,
        "Cloud reached, but the clock was set back since.\nBacklog 0. 1 points good.\nTrouble: b does",
        id="the clock was set back since the cloud was reached",
    ),
    pytest.param(
        status(points=[msgspec.structs.replace(LEVEL, value=None, quality=int(Quality.FAULT))]),
        1,
        "fault",
        id="a sensor reports a fault",
    ),
    pytest.param(
        status(points=[msgspec.structs.replace(LEVEL, at=None)]), 0, "no value yet", id="not yet read"
    ),
    pytest.param(
        status(queue=Queue(readings=9, oldest_at=NOW - 86_400_000 * 3)),
        0,
        "backlog        9  oldest 3 d ago",
        id="a backlog is no worry by itself",
    ),
]


@pytest.mark.parametrize(("found", "code", "line"), WORRIES)
def test_worries(found: Status, code: int, line: str) -> None:
    assert exit_code(found) == code
    assert line in "\n".join(tell(found))


def test_no_line_is_wider_than_a_phone() -> None:
    long = msgspec.structs.replace(LEVEL, name="a" * 100 + "/level", unit="u" * 60, value=1.23456789e-300)
    trouble = {"trouble": "x" * 300 + " " + "many words " * 40}
    found = status(points=[long] * 100, notes=trouble, queue=Queue(readings=10**12, oldest_at=0))
    assert max(map(len, tell(found))) <= 60
    assert tell(found)[-1] == "and 88 points more: --json lists all"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s ago"),
        (119, "119 s ago"),
        (120, "2 min ago"),
        (7200, "2 h ago"),
        (172_800, "2 d ago"),
        (-299, "0 s ago"),
        (-301, "ahead"),
    ],
)
def test_age_is_in_one_unit(seconds: int, words: str) -> None:
    assert age(NOW - seconds * 1000, NOW) == words
