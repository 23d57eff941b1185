"""Who is next when nobody acknowledges."""

import pytest

from cloud.alerting.escalation import Escalation, Span, reached

MINUTES = 60_000
LADDER = Escalation(after_s=600, steps=["asha", "ravi", "office"])

CASES = [
    pytest.param(0, [], ["asha"], id="the first at once"),
    pytest.param(9, [], ["asha"], id="waits"),
    pytest.param(10, [], ["asha", "ravi"], id="the next after its minutes"),
    pytest.param(100, [], ["asha", "ravi", "office"], id="all there are"),
    pytest.param(15, [(2, 8)], ["asha"], id="maintenance stops the minutes"),
    pytest.param(16, [(2, 8)], ["asha", "ravi"], id="and they go on"),
    pytest.param(15, [(2, 6), (4, 8)], ["asha"], id="two windows at once stop them once"),
    pytest.param(10, [(-5, 0), (10, 20)], ["asha", "ravi"], id="windows before and after do not matter"),
]


@pytest.mark.parametrize(("now", "paused", "expected"), CASES)
def test_reached(now: int, paused: list[Span], expected: list[str]) -> None:
    spans = [(since * MINUTES, until * MINUTES) for since, until in paused]
    assert reached(LADDER, 0, now * MINUTES, spans) == expected
