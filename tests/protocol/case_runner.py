"""Plays an alerting case that other systems' tests gave: its rules, series and times, on our judge."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from protocol.alert import OPEN, State
from protocol.reading import Point
from protocol.terms import Terms, terms
from tests.protocol.judging import Judge, rule

SHARED = Path(__file__).parents[3] / "shared"
CASES = SHARED / "cases" / "alerting.json"

Case = dict[str, Any]

# Their severities in ours.
SEVERITIES = {"major": "warning", "critical": "critical"}


def cases() -> dict[str, Case]:
    return {case["id"]: case for case in json.loads(CASES.read_text())["cases"]} if CASES.is_file() else {}


def terms_of_case(given: Case, interval_s: float | None = None, **more: Any) -> Terms:
    """Their rule as ours; times are seconds in both."""
    ladder = given.get("ladder", [])
    fields: dict[str, Any] = {
        "id": given.get("id", "r"),
        "op": ladder[0]["op"] if ladder else given.get("op", ">"),
        "for_s": given.get("for", 0),
        "clear_for_s": given.get("keep_firing_for", given.get("clear_for", 0)),
        "clear_threshold": given.get("clear_threshold"),
    }
    if ladder:
        fields["ladder"] = [
            {"threshold": rung["threshold"], "severity": SEVERITIES[rung["severity"]]} for rung in ladder
        ]
    else:
        fields["threshold"] = given.get("threshold", 0.5)
    return terms(rule(**fields | more), Point("d/level", "", interval_s), lambda at: 0)


def samples_of(series: Iterable[list[Any]]) -> list[tuple[float, float]]:
    """Their series with "every n seconds the same" written out."""
    samples: list[tuple[float, float]] = []
    every = 0
    for at, value in series:
        if at == "every":
            every = value
            continue
        while every and samples[-1][0] + every < at:
            samples.append((samples[-1][0] + every, samples[-1][1]))
        samples.append((at, value))
        every = 0
    return samples


def play(judge: Judge, samples: list[tuple[float, float]], eval_at: Iterable[float]) -> list[str]:
    """What is seen right after each of these times."""
    waiting, seen = list(samples), []
    for now in eval_at:
        while waiting and waiting[0][0] <= now:
            judge.sample(*waiting.pop(0))
        judge.tick(now)
        seen.append(shown(judge))
    return seen


def shown(judge: Judge) -> str:
    """The state in their words."""
    if judge.state in OPEN:
        return "no_data" if judge.watch.alert.stale else "firing"
    return "pending" if judge.state is State.PENDING else "inactive"


def play_conditions(judge: Judge, conditions: list[Any]) -> list[str]:
    """Conditions that were judged already, one a second or with their times: 0 and null are false."""
    timed = [one if isinstance(one, list) else [at, one] for at, one in enumerate(conditions)]
    samples = [(at, float(condition or 0)) for at, condition in timed if condition != "no_data"]
    return play(judge, samples, [at for at, _ in timed])
