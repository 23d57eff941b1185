"""What `status` and `doctor` say of rules, open alerts and local actions."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from edge_agent.action_kinds import Command
from edge_agent.config import Config, OutboxConfig
from edge_agent.outbox import actions, judged
from edge_agent.outbox.actions import Standing
from edge_agent.outbox.facts import OutboxFacts, read_facts
from edge_agent.rules import REJECTED
from edge_agent.technician.check import Result
from edge_agent.technician.judging import RulesStatus, check
from edge_agent.technician.status import exit_code, judge, tell
from protocol.acknowledgement import Acknowledgement
from tests.edge_agent.watch.desk import LEVEL, MIN, NOON, Desk, rule

CONFIG = Config(outbox=OutboxConfig(), actions=[Command(name="siren", argv=["true"])])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as opened:
        await opened.run(rule(severity="critical"), rule(id="low", op="<", threshold=0))
        yield opened


def lines(facts: OutboxFacts, now: int) -> list[str]:
    return tell(judge(CONFIG, facts, True, now))


async def test_an_open_alert_is_a_line(desk: Desk) -> None:
    await desk.hears(2.5)
    await desk.wait(5)
    found = lines(read_facts(desk.path, desk.now), desk.now)
    assert "rules    2 run, version 1" in found
    assert "alert    critical oht-1/level high, 6 min ago, silent" in found
    assert "action   siren: not tried yet" in found
    assert max(map(len, found)) <= 60


async def test_who_has_seen_it_is_shown(desk: Desk) -> None:
    await desk.hears(2.5)
    said = Acknowledgement(alert=desk.told[0].alert, counter=1, by="Asha", at=NOON)
    await desk.outbox.change(lambda database: judged.acknowledge(database.sql, said))
    facts = read_facts(desk.path, desk.now)
    assert "alert    critical oht-1/level high, 60 s ago, seen" in lines(facts, desk.now)
    assert judge(CONFIG, facts, True, desk.now).alerts[0].acknowledged_by == "Asha"


async def test_an_action_that_fails_is_a_line_and_worth_a_look(desk: Desk) -> None:
    await desk.hears(2.5)
    failed = Standing(on=True, began_at=NOON, ended_at=NOON, answer="no answer within 10 s", tries=3)
    await desk.outbox.change(lambda database: actions.stand(database, "siren", failed))
    facts = read_facts(desk.path, desk.now)
    assert "action   siren: not on, no answer within 10 s" in lines(facts, desk.now)
    assert exit_code(judge(CONFIG, facts, True, desk.now)) == 1


async def test_rejected_rules_are_worth_a_look(desk: Desk) -> None:
    facts = read_facts(desk.path, desk.now)
    assert exit_code(judge(CONFIG, facts, True, NOON + MIN)) == 0
    rejected = msgspec.structs.replace(facts, notes={REJECTED: "rule high: the unit bar does not fit"})
    assert "rules    rejected: rule high: the unit bar does not fit" in lines(rejected, desk.now)
    assert exit_code(judge(CONFIG, rejected, True, NOON + MIN)) == 1


@pytest.mark.parametrize(
    ("rules", "results"),
    [
        pytest.param(RulesStatus(0, 0, "", "", ""), [], id="none were sent"),
        pytest.param(RulesStatus(5, 3, "", "", ""), [Result.GOOD], id="they run"),
        pytest.param(RulesStatus(5, 3, "no", "", ""), [Result.WARNING], id="the newest are rejected"),
        pytest.param(RulesStatus(5, 3, "", "no", ""), [Result.WARNING], id="one does not fit"),
        pytest.param(RulesStatus(5, 3, "", "", "no"), [Result.WARNING], id="one can't be judged"),
    ],
)
def test_doctor(rules: RulesStatus, results: list[Result]) -> None:
    assert [one.result for one in check(rules)] == results
