"""Who hears of a site, when, and who stands in."""

from typing import Any

import pytest

from cloud.alerting.people import Away, Person, Receiver, Route, receivers
from protocol.hours import Hours
from protocol.rule import Severity
from tests.zones import moment, offset

MAIL = Route(channels=["mail"])
KOLKATA = offset("Asia/Kolkata")


def person(name: str, *away: Away, routes: list[Route] | None = None) -> Person:
    return Person(id=name, routes=[MAIL] if routes is None else routes, away=list(away))


def away(deputy: str = "") -> Away:
    return Away(100, 200, deputy)


def told(*people: Person, now: int = 150) -> list[str]:
    known = {one.id: one for one in people}
    return [one.person for one in receivers(known, "Amba", {"region": "north"}, now)]


WHO: list[Any] = [
    pytest.param([person("asha")], ["asha"], id="everybody who is here"),
    pytest.param([person("asha", routes=[])], [], id="with a route"),
    pytest.param([person("asha", routes=[Route(channels=[])])], [], id="and a channel"),
    pytest.param(
        [person("asha", routes=[Route(site="Amba", channels=["sms"])])], ["asha"], id="to this site"
    ),
    pytest.param([person("asha", routes=[Route(site="Bor", channels=["sms"])])], [], id="not to another"),
    pytest.param(
        [person("asha", routes=[Route(tags={"region": "north"}, channels=["sms"])])], ["asha"], id="by a tag"
    ),
    pytest.param(
        [person("asha", routes=[Route(tags={"plan": "pro"}, channels=["sms"])])], [], id="it has not"
    ),
    pytest.param([person("asha", away())], [], id="away and nobody instead"),
    pytest.param([person("asha", away("ravi")), person("ravi", routes=[])], ["ravi"], id="the deputy"),
    pytest.param(
        [person("asha", away("ravi")), person("ravi", away("mina"), routes=[]), person("mina", routes=[])],
        ["mina"],
        id="the deputy's deputy",
    ),
    pytest.param(
        [person("asha", away("ravi")), person("ravi", away("asha"), routes=[])], [], id="round in a circle"
    ),
]


@pytest.mark.parametrize(("people", "expected"), WHO)
def test_receivers(people: list[Person], expected: list[str]) -> None:
    assert told(*people) == expected


def test_who_comes_back_is_told_again() -> None:
    people = [person("asha", away("ravi")), person("ravi", routes=[])]
    assert [told(*people, now=at) for at in (99, 100, 199, 200)] == [["asha"], ["ravi"], ["ravi"], ["asha"]]


WHEN = [
    pytest.param(Severity.WARNING, "2026-01-05T12:00+05:30", "2026-01-05T12:00+05:30", id="in their hours"),
    pytest.param(Severity.WARNING, "2026-01-05T23:00+05:30", "2026-01-06T07:00+05:30", id="the next morning"),
    pytest.param(Severity.WARNING, "2026-01-05T07:30+05:30", "2026-01-05T07:30+05:30", id="with the digest"),
    pytest.param(Severity.WARNING, "2026-01-05T08:30+05:30", "2026-01-05T09:00+05:30", id="as they begin"),
    pytest.param(Severity.CRITICAL, "2026-01-05T23:00+05:30", "2026-01-05T23:00+05:30", id="critical"),
]


@pytest.mark.parametrize(("severity", "at", "expected"), WHEN)
def test_told_at(severity: Severity, at: str, expected: str) -> None:
    asha = Receiver(person="asha", minimum=Severity.INFO, hours=Hours("09:00", "20:00"), channels=("mail",))
    assert asha.told_at(severity, moment(at), KOLKATA) == moment(expected)
