"""Cases of other alerting systems on rules and alerts; where we differ, the sentence that says so."""

from collections.abc import Callable

import pytest

from protocol.acknowledgement import Acknowledgement
from protocol.course import Course
from protocol.fold import fold, join, merge
from protocol.hours import Hours, contains
from protocol.messages import Transition
from protocol.standing import standing
from tests.protocol import case_differences as differences
from tests.protocol.case_runner import (
    CASES,
    SHARED,
    Case,
    cases,
    play,
    play_conditions,
    samples_of,
    terms_of_case,
)
from tests.protocol.judging import Judge
from tests.zones import moment, offset

pytestmark = pytest.mark.skipif(not CASES.is_file(), reason=f"the cases of others are not at {CASES}")

# What belongs to people, messages and the whole of a site.
NOT_THIS_LAYER = {
    *("N01", "N02", "N04", "N05", "N07", "N08", "N09", "N11", "S01", "S03", "S04", "S09", "S10"),
    *("S12", "S13", "C01", "C02", "C04", "C06"),
}


def states(case: Case) -> None:
    """Rules, series and what is seen at each time."""
    (given,) = case["rules"]
    for device, series in case["series"].items():
        judge = Judge(terms_of_case(given))
        assert play(judge, samples_of(series), case["eval_at"]) == case["expect"]["states"][device]


def never_told(case: Case) -> None:
    expected = case["expect"].get("our_states") or case["expect"]["states"]["d0"]
    judge = Judge(terms_of_case(case["rules"][0]))
    assert play(judge, samples_of(case["series"]["d0"]), case["eval_at"]) == expected
    assert judge.told == []


def one_state_a_rule(case: Case) -> None:
    for given in case["rules"]:
        for device, series in case["series"].items():
            judge = Judge(terms_of_case(given))
            expected = case["expect"]["by_rule"][given["id"]][device]
            assert play(judge, samples_of(series), case["eval_at"]) == expected


def conditions(case: Case) -> None:
    for variant in case["variants"]:
        judge = Judge(terms_of_case(variant))
        assert play_conditions(judge, variant["cond"]) == variant["states"], variant["name"]
        assert bool(judge.told) is ("firing" in variant["states"])


def separate_delays(case: Case) -> None:
    judge = Judge(terms_of_case(case["rules"][0]))
    seen = play(judge, samples_of(case["series"]["d0"]), range(15))
    firing, inactive = seen.index("firing"), len(seen) - seen[::-1].index("firing")
    assert 5 <= firing <= 7
    assert 11 <= inactive <= 13


def one_alert_rises(case: Case) -> None:
    states(case)
    judge = Judge(terms_of_case(case["rules"][0]))
    severities = []
    for at, value in samples_of(case["series"]["d0"]):
        judge.sample(at, value)
        severities.append(judge.watch.alert.severity.value.replace("warning", "major"))
    assert severities == case["expect"]["severity"]
    assert {one.alert for one in judge.told} == {"a-1"}


def waits_for_its_hours(case: Case) -> None:
    """Their seconds are our minutes."""
    judge = Judge(terms_of_case(case["rules"][0], hours={"start": "00:15", "end": "24:00"}))
    samples = [(at * 60, value) for at, value in case["series"]["d0"]]
    (at, state), fires = case["expect"]["states_at"][0], case["expect"]["transitions"][0]["not_before"]
    assert play(judge, samples, [at * 60, fires * 60 - 1, fires * 60]) == [state, state, "firing"]


def clocks_of_their_own(case: Case) -> None:
    first, second = case["variants"]
    rules = [
        (first["for"], first["eval_at"], first["states"]),
        *(
            (held, second["eval_at"], seen)
            for held, seen in zip(second["for"], second["states_by_rule"], strict=True)
        ),
    ]
    for _ in range(case["devices"]):
        for held, eval_at, expected in rules:
            assert play(Judge(terms_of_case({"for": held})), [(0, 1.0)], eval_at) == expected


def merged(case: Case) -> None:
    """Their end in the past is our resolved; an end in the future is none."""
    for row in case["rows"]:
        told = [*two(row["a"], "a"), *two(row["b"], "b")]
        for order in (told, told[::-1]):
            (one,) = join(fold(merge({}, order)).values())
            began, ended = row["merged"]
            assert (one.began, one.ended_at) == (began, ended if ended <= 0 else None)


def two(side: Case, name: str) -> list[Transition]:
    def told(counter: int, at: int, state: str) -> Transition:
        course = Course(counter=counter, began=side["starts_at"], reason="fired")
        return Transition(
            id=f"{name}/{counter}",
            alert=name,
            rule="r",
            rule_version=1,
            point="d/level",
            state=state,
            at=at,
            learned_at=side["updated_at"],
            course=course,
        )

    ended = [told(2, side["ends_at"], "resolved")] if side["ends_at"] <= 0 else []
    return [told(1, side["starts_at"], "firing"), *ended]


def acknowledged(case: Case) -> None:
    """The rows on messages are not of this layer."""
    for row in case["rows"]:
        if "state" in row:
            assert acted(row["do"]) == row["state"], row


def acted(deeds: list[str]) -> str:
    judge, made = Judge(terms_of_case({})), []
    for at, deed in enumerate(deeds, start=1):
        if deed in ("fire", "clear"):
            judge.sample(at, float(deed == "fire"))
            continue
        counter, until = judge.watch.alert.counter, at * 1000 if deed == "unack" else None
        made.append(Acknowledgement(alert="a-1", counter=counter, by="Asha", at=at * 1000, until=until))
    alert = join(fold(merge({}, judge.told)).values())[-1]
    if alert.ended_at is not None:
        return "inactive"
    return "acked" if standing(alert, made, len(deeds) * 1000) else "firing"


def windows_in_a_zone(case: Case) -> None:
    windows = {
        "evenings": [Hours("00:00", "09:00"), Hours("17:00", "24:00")],
        "weekends": [Hours("00:00", "24:00", [5, 6])],
    }
    for row in case["rows"]:
        at, zone = moment(row["at"].replace("Z", "+00:00")), offset("Australia/Sydney")
        muted = [name for name, hours in windows.items() if any(contains(one, at, zone) for one in hours)]
        assert muted == row["muted_by"]


PASSING: dict[str, Callable[[Case], None]] = {
    "R01": states,
    "R02": states,
    "R03": never_told,
    "R06": one_state_a_rule,
    "R11": conditions,
    "R15": conditions,
    "R19": states,
    "R21": one_alert_rises,
    "R23": separate_delays,
    "R26": waits_for_its_hours,
    "R27": clocks_of_their_own,
    "R28": never_told,
    "N13": merged,
    "S07": windows_in_a_zone,
    "A01": acknowledged,
}


@pytest.mark.parametrize("name", PASSING)
def test_the_case_passes(name: str) -> None:
    PASSING[name](cases()[name])


@pytest.mark.parametrize("name", differences.DIFFERENT)
def test_the_case_differs_as_the_sentence_says(name: str) -> None:
    sentence, check = differences.DIFFERENT[name]
    assert sentence in " ".join((SHARED / "alerting.md").read_text().split())
    check(cases()[name])


def test_every_case_has_its_place() -> None:
    placed = [*PASSING, *differences.DIFFERENT, *NOT_THIS_LAYER]
    assert sorted(placed) == sorted(cases())
