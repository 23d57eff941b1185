"""Rules that come down: checked, applied and kept whole, or rejected with a reason that goes up."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_agent import action_kinds
from edge_agent.actions import act
from edge_agent.outbox.actions import Standing
from edge_agent.outbox.facts import read_facts
from edge_agent.rules import REJECTED, Rules
from protocol import codec
from protocol.messages import Command, Config, Result
from tests.edge_agent.watch.desk import LEVEL, NOON, PUMP, Desk, rule
from tests.waiting import until_async


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "o.db", (LEVEL, PUMP))
    desk.actions = ["siren"]
    async with desk.opened() as opened:
        yield opened


@pytest.fixture
def rules(desk: Desk) -> Rules:
    return Rules(desk.outbox, desk.watching, {"siren": None})


def config(*found: dict[str, Any], zone: str = "Asia/Kolkata", version: int = 1) -> Config:
    text = json.dumps({"zone": zone, "rules": found})
    return Config(incarnation="c", version=version, digest=codec.digest(text.encode()), document=text)


async def test_good_rules_run_and_are_answered(desk: Desk, rules: Rules) -> None:
    sent = config(rule(actions=["siren"]))
    assert await rules.take(sent) == Result(command=f"config {sent.digest}", ok=True)
    await desk.hears(2.5)
    assert desk.reasons == ["fired"]
    book = await rules.book()
    assert book is not None
    assert book.digest == sent.digest
    assert [one.alert.id for one in await rules.open_alerts()] == [desk.told[0].alert]


async def test_whom_an_action_tells_of_an_open_alert(desk: Desk, tmp_path: Path) -> None:
    rules = Rules(desk.outbox, desk.watching, {"siren": "Asha", "relay": None})
    await rules.take(config(rule(actions=["siren", "relay"])))
    actions = [action_kinds.Command(name=name, argv=["true"]) for name in ("siren", "relay")]
    async with asyncio.TaskGroup() as tasks:
        acting = [tasks.create_task(act(one, desk.outbox, lambda: desk.now)) for one in actions]
        await until_async(lambda: are_off(desk.path), what="both are off")
        assert await rules.told() == []
        await desk.hears(2.5)
        await until_async(lambda: are_on(desk.path), what="both are on")
        (told,) = await rules.told()
        assert (told.alert, told.person, told.action, told.severity) == (
            desk.told[0].alert,
            "Asha",
            "siren",
            "warning",
        )
        await desk.hears(1.0)
        assert await rules.told() == []  # it is over: nobody is told of it any more
        for task in acting:
            task.cancel()


def are_on(path: Path) -> bool:
    return [one.on and one.ok for one in standings(path)] == [True, True]


def are_off(path: Path) -> bool:
    return [one.on or not one.ok for one in standings(path)] == [False, False]


def standings(path: Path) -> list[Standing]:
    return list(read_facts(path, NOON).standings.values())


async def test_the_same_again_is_answered_and_changes_nothing(desk: Desk, rules: Rules) -> None:
    sent = config(rule(threshold=3.0, for_s=60))
    await rules.take(sent)
    await desk.hears(3.5)
    assert (await rules.take(sent)).ok
    await desk.hears(3.5)
    assert desk.reasons == ["fired"]


BAD = [
    pytest.param([rule(clear_threshold=3)], "rule high: clear_threshold 3 is on the wrong side", id="clear"),
    pytest.param([rule(), rule()], "rule high: it is there twice", id="twice"),
    pytest.param(
        [rule(colour="red")], "the document can't be read: Object contains unknown field", id="field"
    ),
]


@pytest.mark.parametrize(("found", "reason"), BAD)
async def test_one_bad_rule_leaves_the_last_good_document_running(
    desk: Desk, rules: Rules, found: list[dict[str, Any]], reason: str
) -> None:
    good = config(rule())
    await rules.take(good)
    result = await rules.take(config(rule(id="other"), *found, version=2))
    assert not result.ok
    assert reason in result.text
    book = await rules.book()
    assert book is not None
    assert book.digest == good.digest
    await desk.hears(2.5)
    assert [one.rule for one in desk.told] == ["high"]
    assert reason in read_facts(desk.path, NOON).notes[REJECTED]
    assert (await rules.take(good)).ok
    await desk.hears(2.5)
    assert read_facts(desk.path, NOON).notes[REJECTED] == ""


UNMET = [
    pytest.param(
        {"unit": "bar"}, "rule odd rests: the unit bar does not fit: oht-1/level is kept in m", id="unit"
    ),
    pytest.param(
        {"while": {"point": "flow", "op": "==", "value": 1}},
        'rule odd rests: while names a point that does not exist: "oht-1/flow"',
        id="while",
    ),
    pytest.param(
        {"actions": ["horn"]}, 'rule odd: agent.toml has no action "horn" (it has: siren)', id="action"
    ),
]


@pytest.mark.parametrize(("fields", "reason"), UNMET)
async def test_a_rule_that_does_not_fit_here_keeps_no_other_from_its_work(
    desk: Desk, rules: Rules, fields: dict[str, Any], reason: str
) -> None:
    result = await rules.take(config(rule(), rule(id="odd", **fields)))
    assert (result.ok, result.text) == (True, reason)
    assert read_facts(desk.path, NOON).notes["rules_unmet"] == reason
    await desk.hears(2.5)
    assert "high" in {one.rule for one in desk.told}
    assert (await rules.take(config(rule(), version=2))).text == ""
    assert read_facts(desk.path, NOON).notes["rules_unmet"] == ""


async def test_a_rule_rests_when_its_point_becomes_another(tmp_path: Path) -> None:
    """Of rules that ran before the configuration was changed."""
    desk = Desk(tmp_path / "o.db", (LEVEL,))
    async with desk.opened():
        await Rules(desk.outbox, desk.watching, {}).take(config(rule(unit="cm", threshold=200)))
        await desk.hears(2.5)
    desk.points = (msgspec.structs.replace(LEVEL, unit=""),)
    async with desk.opened():
        await desk.hears(2.6)
        assert desk.reasons == ["fired", "rule changed"]
        assert "has no known unit" in read_facts(desk.path, NOON).notes["rules_unmet"]


async def test_a_zone_that_nobody_knows(rules: Rules) -> None:
    result = await rules.take(config(zone="Asia/Atlantis"))
    assert result.text == 'the zone "Asia/Atlantis" is not known here'


async def test_a_document_that_was_damaged_on_its_way(rules: Rules) -> None:
    sent = config(rule())
    result = await rules.take(Config(incarnation="c", version=1, digest=sent.digest, document="{}"))
    assert not result.ok
    assert "its digest" in result.text


async def test_rules_of_points_that_are_elsewhere_rest(desk: Desk, rules: Rules) -> None:
    elsewhere = rule(id="elsewhere", scope={"metric": "chlorine"}, unit="mg/L", actions=["horn"])
    assert (await rules.take(config(elsewhere, rule()))).ok
    await desk.hears(2.5)
    assert desk.reasons == ["fired"]


async def test_an_acknowledgement_is_kept_and_answered(desk: Desk, rules: Rules) -> None:
    await rules.take(config(rule()))
    await desk.hears(2.5)
    alert = desk.told[0].alert
    said = {"alert": alert, "counter": "1", "by": "Asha", "at": str(NOON)}
    command = Command(id="acknowledge 7", name="acknowledge", expires_at=NOON, arguments=said)
    assert await rules.obey(command) == Result(command="acknowledge 7", ok=True)
    (kept,) = read_facts(desk.path, NOON).acknowledgements.values()
    assert (kept.alert, kept.by, kept.until) == (alert, "Asha", None)


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("acknowledge", {"alert": "a"}, "this is no acknowledgement"),
        ("acknowledge", {"alert": "a", "counter": "x", "by": "b", "at": "1"}, "this is no acknowledgement"),
        ("dance", {}, 'this agent knows no command "dance"'),
    ],
)
async def test_what_can_not_be_obeyed_is_answered(
    rules: Rules, name: str, arguments: dict[str, str], text: str
) -> None:
    result = await rules.obey(Command(id="1", name=name, expires_at=0, arguments=arguments))
    assert not result.ok
    assert text in result.text
