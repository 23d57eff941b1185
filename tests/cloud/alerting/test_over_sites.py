"""Many sites at once, and one message for them."""

import pytest

from cloud.alerting.over_sites import Firing, judge
from cloud.alerting.suppress import Known, Parent
from protocol.judge import Signal
from protocol.rule import Kind, Rule, Scope, Severity
from tests.cloud.alerting.desk import Desk

RULE = Rule(id="area", scope=Scope(), kind=Kind.SITES, of_rule="offline", sites=3, window_s=600)

CASES = [
    pytest.param([], Signal.CLEAR, id="none"),
    pytest.param([("a", 900), ("a", 950), ("b", 990)], Signal.CLEAR, id="two alerts of one site are one"),
    pytest.param([("a", 900), ("b", 950), ("c", 990)], Signal.BREACH, id="three sites"),
    pytest.param([("a", 300), ("b", 950), ("c", 990)], Signal.BETWEEN, id="one of them began long before"),
    pytest.param([("a", 100), ("b", 100), ("c", 100)], Signal.BETWEEN, id="all still fire: it goes on"),
]


@pytest.mark.parametrize(("firing", "expected"), CASES)
def test_judge(firing: list[tuple[str, int]], expected: Signal) -> None:
    alerts = [Firing(site, second * 1000) for site, second in firing]
    assert judge(RULE, alerts, 1_000_000) is expected


def test_three_hundred_sites_at_once_are_one_message() -> None:
    """Promise 4: each site's own desk is silent, the area's speaks once, at the end too."""
    sites = [f"site-{number}" for number in range(300)]
    desks = {site: Desk() for site in sites}
    for second, site in enumerate(sites):
        desks[site].now = second * 5
        desks[site].fire("gateway", Severity.CRITICAL, rule="offline", site=site, is_silence=True)
    assert (
        judge(RULE, [Firing(site, second * 5) for second, site in enumerate(sites)], 1_500) is Signal.BREACH
    )
    area, parent = Desk(), Parent(alert="area", rule="offline", sites=frozenset(sites))
    area.fire("area", Severity.CRITICAL)
    for desk in desks.values():
        desk.known = Known(parents=[parent])
        assert desk.until(600) == []
    assert area.until(600) == [(1, "asha", {"area": "fires"})]
    area.end("area")
    for desk in desks.values():
        desk.end("gateway")
        assert desk.until(900) == []
    assert area.until(900) == [(601, "asha", {"area": "ended"})]
