"""Who is told, once, and why nobody else is. Seconds; a group waits for one, a silence for three."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.alerting.receiver import Receiver
from cloud.alerting.route import Timing, Told
from cloud.alerting.suppress import Known, Reason
from cloud.store.acknowledgements import Shelf
from cloud.store.maintenance import Window
from protocol.hours import Hours
from protocol.rule import Severity
from tests.cloud.alerting.desk import ASHA, BOSS, QUICK, Desk

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
REPEATING = Timing(group_wait=1_000, correlate_wait=3_000, repeat_every=10_000)


def test_one_message_for_what_comes_together() -> None:
    desk = Desk()
    desk.fire("a")
    desk.until(0.5)
    desk.fire("b")
    assert desk.until(0.9) == []
    assert desk.reasons("b") == {("asha", Reason.GROUPED)}
    assert desk.until(60) == [(1, "asha", {"a": "fires", "b": "fires"})]
    assert desk.reasons("a") == {("asha", Reason.ALREADY_TOLD)}


def test_an_end_goes_to_those_who_were_told() -> None:
    desk = Desk([ASHA, BOSS])
    desk.fire("a")
    desk.until(5)
    desk.end("a")
    assert desk.until(60) == [(6, "asha", {"a": "ended"})]


def test_a_rise_pages_those_whose_minimum_it_reaches() -> None:
    desk = Desk([ASHA, BOSS])
    desk.fire("a")
    assert desk.until(5) == [(1, "asha", {"a": "fires"})]
    assert desk.reasons("a") == {("asha", Reason.ALREADY_TOLD), ("boss", Reason.FILTERED)}
    desk.change("a", severity=CRITICAL, news_at=5_000)
    assert desk.until(60) == [(6, "asha", {"a": "rose"}), (6, "boss", {"a": "fires"})]
    desk.change("a", severity=WARNING)
    assert desk.until(120) == []


def test_repeats_come_on_their_own_timer_until_it_is_acknowledged() -> None:
    desk = Desk(timing=REPEATING)
    desk.fire("a")
    assert [at for at, _, _ in desk.until(25)] == [1, 11, 21]
    desk.change("a", is_acknowledged=True)
    assert desk.until(100) == []


def test_a_repetition_waits_a_moment_for_news() -> None:
    desk = Desk(timing=REPEATING)
    desk.fire("a")
    desk.until(10.5)
    desk.fire("b")
    assert desk.until(12) == [(11.5, "asha", {"a": "still fires", "b": "fires"})]


def test_what_goes_on_is_repeated_together() -> None:
    desk = Desk(timing=REPEATING)
    desk.fire("a")
    desk.until(8)
    desk.known = Known(shelves=[Shelf("a", "asha", at=8_000, until=15_000)])
    desk.fire("b")
    assert desk.until(25) == [
        (9, "asha", {"b": "fires"}),
        (19, "asha", {"a": "still fires", "b": "still fires"}),
    ]


def test_a_silence_waits_for_what_may_explain_it_whatever_else_is_told() -> None:
    desk = Desk()
    desk.fire("silent", is_silence=True)
    desk.fire("a")
    assert desk.until(60) == [(1, "asha", {"a": "fires"}), (3, "asha", {"silent": "fires"})]


def test_maintenance_that_ends_before_the_alert() -> None:
    desk = Desk()
    desk.known = Known(windows=[Window(since=0, until=50_000)])
    desk.fire("a")
    desk.fire("b")
    assert desk.until(40) == []
    assert desk.reasons("a") == {("", Reason.MAINTENANCE)}
    desk.end("b")
    assert desk.until(100) == [(50, "asha", {"a": "fires"})]
    assert desk.reasons("b") == {("", Reason.LATE)}


def test_an_end_is_told_also_after_a_shelve() -> None:
    desk = Desk()
    desk.fire("a")
    desk.until(5)
    desk.known = Known(shelves=[Shelf("a", "asha", at=5_000, until=50_000)])
    desk.change("a", severity=CRITICAL, news_at=6_000)
    assert desk.until(10) == []
    assert desk.reasons("a") == {("", Reason.SHELVED)}
    desk.end("a")
    assert desk.until(100) == [(11, "asha", {"a": "ended"})]


def test_what_a_shelve_held_back_is_told_when_it_is_over() -> None:
    desk = Desk()
    desk.known = Known(shelves=[Shelf("a", "asha", at=0, until=50_000)])
    desk.fire("a")
    assert desk.until(100) == [(50, "asha", {"a": "fires"})]


def test_who_was_told_at_the_gateway_is_not_told_again() -> None:
    desk = Desk()
    desk.told["asha", "a"] = Told(person="asha", alert="a", severity=WARNING, at=0, channels=("mail",))
    desk.fire("a")
    assert desk.until(60) == []


def test_after_three_days_offline_only_what_still_fires_is_told_together_once() -> None:
    desk = Desk()
    for number in range(50):
        desk.fire(f"a{number}")
        if number % 10:
            desk.end(f"a{number}")
    ((_, _, said),) = desk.until(600)
    assert said == {f"a{number}": "fires" for number in range(0, 50, 10)}


def test_a_critical_alert_nobody_can_receive() -> None:
    resort = Receiver(person="office", minimum=CRITICAL, hours=None, channels=("mail",))
    desk = Desk([], last_resort=resort)
    desk.fire("a")
    desk.fire("b", CRITICAL)
    assert desk.until(60) == [(1, "office", {"b": "fires"})]
    assert desk.nobody_told == ["b"]
    desk.end("b")
    assert desk.until(90) == [(61, "office", {"b": "ended"})]


def test_at_night_only_what_is_critical() -> None:
    day = msgspec.structs.replace(ASHA, hours=Hours("08:00", "20:00"))
    desk = Desk([day])
    desk.fire("a")
    desk.fire("b", CRITICAL)
    assert desk.until(60) == [(1, "asha", {"b": "fires"})]
    assert desk.reasons("a") == {("asha", Reason.FILTERED)}
    assert desk.until(9 * 3_600) == [(7 * 3_600, "asha", {"a": "fires"})]


@pytest.mark.parametrize("first_s", [0.0, 0.5, 2.0, 2.9])
def test_a_site_goes_dark(first_s: float) -> None:
    """Promise 4: 200 devices and their gateway; whichever silence is noticed first."""
    desk = Desk()
    for number in range(200):
        desk.fire(f"d{number}", gateway="gw", is_silence=True)
    desk.until(first_s)
    desk.offline("gw")
    desk.fire("offline", gateway="gw")
    assert [said for _, _, said in desk.until(60)] == [{"offline": "fires"}]
    assert desk.reasons("d7") == {("", Reason.INHIBITED)}
    desk.offline("gw", ended_at=desk.now)
    desk.end("offline")
    for number in range(199):
        desk.end(f"d{number}")
    assert [said for _, _, said in desk.until(90)] == [{"offline": "ended"}]
    desk.change("d199", heard_at=desk.now)
    assert [said for _, _, said in desk.until(120)] == [{"d199": "fires"}]


@given(st.randoms(use_true_random=False))
def test_at_most_one_page_per_person_and_severity(chance: random.Random) -> None:
    """Promise 3, and whoever was told of it hears of the end, once."""
    desk = Desk([ASHA, BOSS], QUICK)
    desk.fire("a", chance.choice([WARNING, CRITICAL]))
    for _ in range(chance.randrange(8)):
        desk.until(desk.now / 1000 + chance.choice([0.1, 1, 30]))
        deed = chance.choice(["rise", "fall", "acknowledge", "again", "shelve"])
        if deed == "rise":
            desk.change("a", severity=CRITICAL, news_at=desk.now)
        elif deed == "fall":
            desk.change("a", severity=WARNING)
        elif deed == "acknowledge":
            desk.change("a", is_acknowledged=chance.random() < 0.5)
        elif deed == "again":
            desk.change("a", news_at=desk.now)
        else:
            shelf = Shelf("a", "asha", at=desk.now, until=desk.now + 20_000)
            desk.known = Known(shelves=[shelf])
    desk.end("a")
    desk.until(desk.now / 1000 + 600)
    for person in ("asha", "boss"):
        said = [lines["a"] for _, who, lines in desk.sent if who == person]
        assert said in ([], ["fires", "ended"], ["fires", "rose", "ended"])
