"""Who hears of a site, when, and who stands in."""

from typing import Any

import pytest

from cloud.alerting.audience import receivers
from cloud.alerting.receiver import Receiver
from cloud.store.routes import Address, People, Person, Route
from protocol.hours import Hours
from protocol.rule import Severity
from tests.zones import moment, offset

ASHA, RAVI, MINA = 1, 2, 3
AMBA, BOR = 1, 2
KOLKATA = offset("Asia/Kolkata")


def told(routes: list[Route], away: dict[int, int | None], now: int = 150) -> list[str]:
    """`away`: who is, from 100 to 200, and the deputy."""
    people = {
        key: Person(
            id=key,
            name="",
            language="en",
            away_from=100 if key in away else None,
            away_to=200 if key in away else None,
            deputy_id=away.get(key),
        )
        for key in (ASHA, RAVI, MINA)
    }
    addresses = {
        key: [Address(person_id=key, channel=channel, value="an address")]
        for key, channel in ((ASHA, "mail"), (MINA, "sms"))
    }
    kept = People(people, addresses, routes, None)
    return [one.person for one in receivers(kept, AMBA, {"region": "north"}, now) if one.channels]


def route(**fields: Any) -> Route:
    return Route(person_id=ASHA, **fields)


WHO: list[Any] = [
    pytest.param([route()], {}, ["1"], id="everybody who is here"),
    pytest.param([], {}, [], id="with a route"),
    pytest.param([route(stand_by=True)], {}, [], id="that does not stand by"),
    pytest.param([Route(person_id=RAVI)], {}, [], id="and an address"),
    pytest.param([route(channels=["sms"])], {}, [], id="of the channel"),
    pytest.param([route(site_id=AMBA)], {}, ["1"], id="to this site"),
    pytest.param([route(site_id=BOR)], {}, [], id="not to another"),
    pytest.param([route(tags={"region": "north"})], {}, ["1"], id="by a tag"),
    pytest.param([route(tags={"plan": "pro"})], {}, [], id="it has not"),
    pytest.param([route()], {ASHA: None}, [], id="away and nobody instead"),
    pytest.param([route()], {ASHA: MINA}, ["3"], id="the deputy"),
    pytest.param([route(channels=["mail"])], {ASHA: MINA}, ["3"], id="the deputy, where they are reached"),
    pytest.param([route()], {ASHA: RAVI}, [], id="a deputy whom nothing reaches"),
    pytest.param([route()], {ASHA: RAVI, RAVI: MINA}, ["3"], id="the deputy's deputy"),
    pytest.param([route()], {ASHA: RAVI, RAVI: ASHA}, [], id="round in a circle"),
]


@pytest.mark.parametrize(("routes", "away", "expected"), WHO)
def test_receivers(routes: list[Route], away: dict[int, int | None], expected: list[str]) -> None:
    assert told(routes, away) == expected


def test_who_comes_back_is_told_again() -> None:
    found = [told([route()], {ASHA: MINA}, now=at) for at in (99, 100, 199, 200)]
    assert found == [["1"], ["3"], ["3"], ["1"]]


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
