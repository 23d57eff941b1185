"""How bad an alert is, whether it is the same again, and what a transition says."""

from typing import Any

import msgspec

from protocol.alert import State
from protocol.rule import Op, Rung, Severity, While
from tests.protocol.judging import Judge, terms_of

INACTIVE, FIRING, RESOLVED = State.INACTIVE, State.FIRING, State.RESOLVED

LADDER = [
    Rung(20, Severity.INFO),
    Rung(10, Severity.WARNING),
    Rung(5, Severity.CRITICAL),
]


def test_severity_is_the_highest_rung_and_only_rises() -> None:
    judge = Judge(terms_of(op=Op.BELOW, ladder=LADDER, clear_threshold=25))
    for at, value in enumerate([22, 15, 7, 15, 3, 7, 22, 25]):
        judge.sample(at, value)
    assert [(one.at // 1000, one.course.reason, one.severity, one.limit) for one in judge.told] == [
        (1, "fired", "info", 20),
        (2, "rose", "warning", 10),
        (4, "rose", "critical", 5),
        (7, "cleared", "critical", 10),
    ]


def test_what_fires_for_long_becomes_worse() -> None:
    judge = Judge(terms_of(worsen_after_s=300))
    for at in range(0, 601, 60):
        judge.sample(at, 51)
    assert [(one.at, one.course.reason, one.severity) for one in judge.told] == [
        (0, "fired", "warning"),
        (300_000, "rose", "critical"),
    ]


def test_a_second_point_must_stand_as_told() -> None:
    pump_on: dict[str, Any] = {"while": While("pump", Op.EQUAL, 1.0)}
    judge = Judge(terms_of(op=Op.BELOW, threshold=1, **pump_on))
    assert judge.terms.companion == "oht-1/pump"
    assert judge.sample(0, 0.0, beside=0.0) is INACTIVE
    assert judge.sample(60, 0.0) is INACTIVE  # nobody knows
    assert judge.sample(120, 0.0, beside=1.0) is FIRING
    assert judge.sample(180, 0.0) is FIRING  # nobody knows
    assert judge.sample(240, 0.0, beside=0.0) is RESOLVED


def test_a_refire_within_the_cooldown_is_the_same_alert() -> None:
    judge = Judge(terms_of(cooldown_s=300, ladder=[Rung(50, Severity.WARNING), Rung(90, Severity.CRITICAL)]))
    for at, value in [(0, 51), (60, 9), (120, 51), (180, 9), (240, 95), (300, 9), (900, 51)]:
        judge.sample(at, value)
    assert [
        (one.alert, one.course.counter, one.course.reason, one.severity, one.course.occurrences)
        for one in judge.told
    ] == [
        ("a-1", 1, "fired", "warning", 1),
        ("a-1", 2, "cleared", "warning", 1),
        ("a-1", 3, "reopened", "warning", 2),
        ("a-1", 4, "cleared", "warning", 2),
        ("a-1", 5, "reopened", "critical", 3),
        ("a-1", 6, "cleared", "critical", 3),
        ("a-2", 1, "fired", "warning", 1),
    ]


def test_the_cooldown_includes_its_last_moment() -> None:
    judge = Judge(terms_of(cooldown_s=60))
    for at, value in [(0, 51), (60, 9), (120, 51), (180, 9), (240.001, 51)]:
        judge.sample(at, value)
    assert [one.alert for one in judge.told] == ["a-1"] * 4 + ["a-2"]


def test_a_transition_says_everything() -> None:
    judge = Judge(terms_of(for_s=60, version=7))
    judge.sample(0, 51)
    judge.sample(60, 52, now=65)
    (told,) = judge.told
    assert msgspec.to_builtins(told) == {
        "id": "a-1/1",
        "alert": "a-1",
        "rule": "r",
        "rule_version": 7,
        "point": "oht-1/level",
        "state": "firing",
        "severity": "warning",
        "at": 60_000,
        "learned_at": 65_000,
        "value": 52.0,
        "limit": 50.0,
        "course": {"counter": 1, "reason": "fired", "began": 0, "seen_at": 60_000, "occurrences": 1},
    }
