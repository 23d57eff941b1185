"""Cases on people and messages that we answer otherwise than their source, and by which sentence."""

from collections.abc import Callable

from cloud.alerting.escalate import steps_due
from cloud.alerting.over_sites import Firing, judge
from cloud.alerting.route import Timing
from cloud.alerting.suppress import Known, Parent
from protocol.judge import Signal
from protocol.rule import Kind, Rule, Scope
from tests.cloud.alerting.desk import Desk
from tests.protocol.case_runner import Case

# A channel that is slow is a matter of delivery: tests/cloud/alerting/test_deliver.py walks it.
OF_THE_SENDERS = {"N08"}


def told_by_the_judge_alone(case: Case) -> None:
    """Nobody pushes an alert again to keep it: one occurrence is told once, and once that it is over."""
    desk = Desk()
    desk.fire("test")
    desk.until(4)
    desk.end("test")
    desk.until(10)
    assert [list(said.values()) for _, _, said in desk.sent] == [["fires"], ["ended"]]


def nobody_resolves_by_silence(case: Case) -> None:
    desk = Desk()
    for event in case["events"]:
        desk.until(event["t"])
        desk.fire(event["key"])
    assert [set(said.values()) for _, _, said in desk.until(3_600)] == [{"fires"}]


def a_restart_changes_nothing_and_latecomers_wait_their_group(case: Case) -> None:
    """The standing alert is not announced again; the second waits for its group, not for an interval."""
    desk = Desk(timing=Timing(group_wait=1_000, repeat_every=600_000))
    desk.until(1)
    desk.fire("test1")
    desk.until(4)
    desk.fire("test2")
    assert desk.until(60) == [(5, "asha", {"test1": "still fires", "test2": "fires"})]


def repeats_on_their_own_timer(case: Case) -> None:
    for row in case["rows"]:
        wait, repeat = row["group_interval"] * 1000, row["repeat_interval"]
        desk = Desk(timing=Timing(group_wait=wait, repeat_every=repeat * 1000))
        desk.fire("a")
        first, second, third = desk.until(row["group_interval"] + 2 * repeat)
        assert second[0] - first[0] == third[0] - second[0] == repeat


def parents_mute_their_children(case: Case) -> None:
    """Not by labels: by gateway, or by rule and sites. An alert does not mute itself."""
    desk = Desk()
    desk.fire("parent", gateway="gw")
    desk.fire("child", gateway="gw")
    desk.fire("other", gateway="gw-2")
    desk.known = Known(parents=[Parent(alert="parent", gateway="gw")])
    assert desk.until(60) == [(1, "asha", {"parent": "fires", "other": "fires"})]


def one_open_parent_is_enough(case: Case) -> None:
    """There are no redundancy groups."""
    desk = Desk()
    desk.fire("child", gateway="gw", rule="r")
    up = Parent(alert="p1", gateway="gw", ended_at=-1)
    down = Parent(alert="p2", rule="r", sites=frozenset(["Amba"]))
    desk.known = Known(parents=[up, down])
    assert desk.until(60) == []
    desk.known = Known(parents=[up])
    assert len(desk.until(120)) == 1


def minutes_stand_still(case: Case) -> None:
    (row,) = case["rows"]
    paused = [(row["downtime"][0] * 1000, row["downtime"][1] * 1000)]
    after = (row["downtime"][1] + row["delay"]) * 1000
    problem_at = row["problem_at"] * 1000
    moments = (row["first_notification_at"] * 1000, after - 1, after)
    assert [steps_due(row["delay"], problem_at, now, paused) for now in moments] == [1, 1, 2]


def grouped_by_person_and_site(case: Case) -> None:
    desk = Desk()
    for number, alert in enumerate(case["alerts"]):
        desk.fire(f"{alert['alertname']}-{number}")
    ((_, person, said),) = desk.until(60)
    assert (person, len(said)) == ("asha", len(case["alerts"]))


def sites_and_nothing_else(case: Case) -> None:
    """A rule counts the sites of one rule; it has no second condition and no total."""
    rule = Rule(id="many", scope=Scope(), kind=Kind.SITES, of_rule="r", sites=2, window_s=600)
    assert judge(rule, [Firing("a", 1), Firing("a", 2), Firing("a", 3)], 5) is Signal.CLEAR
    assert judge(rule, [Firing("a", 1), Firing("b", 2)], 5) is Signal.BREACH


def ends_when_too_few_fire(case: Case) -> None:
    """The opposite of what raised it: two sites fired, and one no longer does."""
    rule = Rule(id="many", scope=Scope(), kind=Kind.SITES, of_rule="r", sites=2, window_s=600)
    assert judge(rule, [Firing("A", 1), Firing("B", 2)], 5) is Signal.BREACH
    assert judge(rule, [Firing("B", 2)], 5) is Signal.CLEAR


SITES = "`sites` (N distinct sites firing a named rule within a window)"
GROUPING = "one message per (person, site) and `group_wait`"
INHIBITION = "a parent (gateway offline, a `sites` alert) mutes its children"

DIFFERENT: dict[str, tuple[str, Callable[[Case], None]]] = {
    "N01": ("Merging is the union of transitions by (alert id, counter)", told_by_the_judge_alone),
    "N05": ("Silence is never recovery", nobody_resolves_by_silence),
    "N07": (GROUPING, a_restart_changes_nothing_and_latecomers_wait_their_group),
    "N11": ("within 1 s of that whatever the grouping", repeats_on_their_own_timer),
    "S03": (INHIBITION, parents_mute_their_children),
    "S09": ("the minutes do not run during maintenance", minutes_stand_still),
    "S13": (INHIBITION, one_open_parent_is_enough),
    "C01": (GROUPING, grouped_by_person_and_site),
    "C04": (SITES, sites_and_nothing_else),
    "C06": ("default: the opposite of the raise condition, at once", ends_when_too_few_fire),
}
