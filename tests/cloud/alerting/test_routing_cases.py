"""Cases of other alerting systems on people and messages; where we differ, the sentence that says so."""

from collections.abc import Callable
from typing import Any

import pytest

from cloud.alerting.over_sites import Firing, judge
from cloud.alerting.route import Timing
from cloud.alerting.suppress import Known, Parent
from cloud.store.maintenance import Window
from protocol.judge import Signal
from protocol.rule import Kind, Rule, Scope
from tests.cloud.alerting import routing_differences as differences
from tests.cloud.alerting.desk import Desk
from tests.protocol.case_runner import CASES, SHARED, Case, cases
from tests.protocol.test_alerting_cases import NOT_THIS_LAYER

pytestmark = pytest.mark.skipif(not CASES.is_file(), reason=f"the cases of others are not at {CASES}")


def desk_of(case: Case) -> Desk:
    """Their group waits are ours; a repetition that is due at every tick comes with every group interval."""
    policy = case["policy"]
    repeat = max(policy.get("repeat_interval", 0), policy.get("group_interval", 0))
    wait = round(policy.get("group_wait", 1) * 1000)
    return Desk(timing=Timing(group_wait=wait, correlate_wait=wait, repeat_every=round(repeat * 1000)))


def push(desk: Desk, event: dict[str, Any]) -> None:
    """What is pushed in their system is fired, or has ended, in ours."""
    desk.until(event["t"])
    if "ends_at" in event:
        desk.end(event["key"])
    elif event["key"] not in desk.subjects:
        desk.fire(event["key"])


def messages(case: Case) -> None:
    desk = desk_of(case)
    windows = [
        Window(
            device=key,
            since=round(one["from"] * 1000),
            until=round(one["to"] * 1000),
        )
        for one in case.get("windows", [])
        for key in one["match"]
    ]
    desk.known = Known(windows=windows)
    for event in case["events"]:
        push(desk, event)
    expect(desk, case)


def expect(desk: Desk, case: Case) -> None:
    notified, slack = case["expect"]["notify"], case["tolerance"]
    desk.until(notified[-1]["between"][1] + slack)
    assert len(desk.sent) == len(notified)
    for (at, _, said), one in zip(desk.sent, notified, strict=True):
        since, until = one["between"]
        assert since - slack <= at <= until + slack
        assert {name: what == "ended" for name, what in said.items()} == {
            alert["key"]: "ends_at" in alert for alert in one["alerts"]
        }


def a_parent_and_its_children(case: Case) -> None:
    """Their JobDown of a zone is our gateway that is offline; its devices are heard once it is back."""
    desk = desk_of(case)
    for event in case["events"]:
        desk.until(event["t"])
        name, _, zone = event["key"].partition("/")
        if "ends_at" in event:
            desk.end(event["key"])
            ended_at = desk.now
            desk.known = Known(parents=[Parent(alert=event["key"], gateway=zone, ended_at=ended_at)])
            desk.change("InstanceDown/aa", heard_at=ended_at + 1)
        else:
            desk.fire(event["key"], gateway=zone if name != "test1" else "")
            if name == "JobDown":
                desk.known = Known(parents=[Parent(alert=event["key"], gateway=zone)])
    expect(desk, case)


def one_page_by_three(case: Case) -> None:
    """The plan keeps nothing: whoever of three asks, it is told once."""
    (event,) = case["events"]
    desk = desk_of(case)
    push(desk, event)
    for second in (2, 2.1, 2.2, 3):
        desk.until(second)
    expect(desk, case)


def when_the_window_ends(case: Case) -> None:
    still, over, two, resolved, acknowledged = (inside(row["inside"]) for row in case["rows"])
    assert len(still.until(600)) == 1
    assert over.until(600) == []
    assert [len(said) for _, _, said in two.until(600)] == [2]
    assert [list(said.values()) for _, _, said in resolved.sent] == [["fires"], ["ended"]]
    assert [list(said.values()) for _, _, said in acknowledged.until(600)] == [["fires"]]


def inside(deeds: list[str]) -> Desk:
    """What happens while the window is open, from 100 to 500 s; what ends there alone began before it."""
    desk = Desk()
    desk.known = Known(windows=[Window(since=100_000, until=500_000)])
    if deeds == ["resolved"]:
        desk.fire("a")
    desk.until(200)
    for deed in deeds:
        what, _, name = deed.partition(" ")
        if what == "resolved":
            desk.end("a")
        elif what == "firing":
            desk.fire(name or "a")
        else:
            desk.fire("a", is_acknowledged=True)
    desk.until(400)
    assert [one for one in desk.sent if "fires" in one[2].values() and one[0] > 100] == []
    return desk


def a_child_and_its_parent(case: Case) -> None:
    desk = Desk()
    desk.fire("child", gateway="gw")
    desk.offline("gw")
    assert desk.until(10) == []
    desk.offline("gw", ended_at=desk.now)
    assert desk.until(20) == []
    desk.change("child", heard_at=desk.now)
    assert len(desk.until(30)) == 1


def so_many_sites_of_an_area(case: Case) -> None:
    given, area = case["rule"], case["expect"]["incident"]["group"]
    rule = Rule(
        id="many",
        scope=Scope(tags={"region": area}),
        kind=Kind.SITES,
        of_rule="r",
        sites=given["at_least"],
        window_s=given["window"],
    )
    firing: list[Firing] = []
    opened = []
    for event in case["events"]:
        if event["group"] == area:
            firing.append(Firing(event["fp"], event["t"] * 1000))
        opened.append(int(judge(rule, firing, event["t"] * 1000) is Signal.BREACH))
    assert opened == case["expect"]["open_after"]
    assert [one.site for one in firing] == case["expect"]["incident"]["alerts"]


PASSING: dict[str, Callable[[Case], None]] = {
    "N02": messages,
    "N04": messages,
    "N09": one_page_by_three,
    "S01": a_parent_and_its_children,
    "S04": messages,
    "S10": when_the_window_ends,
    "S12": a_child_and_its_parent,
    "C02": so_many_sites_of_an_area,
}


@pytest.mark.parametrize("name", PASSING)
def test_the_case_passes(name: str) -> None:
    PASSING[name](cases()[name])


@pytest.mark.parametrize("name", differences.DIFFERENT)
def test_the_case_differs_as_the_sentence_says(name: str) -> None:
    sentence, check = differences.DIFFERENT[name]
    assert sentence in " ".join((SHARED / "alerting.md").read_text().split())
    check(cases()[name])


def test_every_case_of_this_layer_has_its_place() -> None:
    assert {*PASSING, *differences.DIFFERENT, *differences.OF_THE_SENDERS} == NOT_THIS_LAYER
