"""How many have their turn when nobody acknowledges."""

import pytest

from cloud.alerting.escalate import steps_due
from cloud.alerting.maintenance import Span

MINUTES = 60_000

CASES = [
    pytest.param(0, [], 1, id="the first at once"),
    pytest.param(9, [], 1, id="waits"),
    pytest.param(10, [], 2, id="the next after its minutes"),
    pytest.param(20, [], 3, id="and so on"),
    pytest.param(-1, [], 0, id="nobody before it was told"),
    pytest.param(15, [(2, 8)], 1, id="maintenance stops the minutes"),
    pytest.param(16, [(2, 8)], 2, id="and they go on"),
    pytest.param(15, [(2, 6), (4, 8)], 1, id="two windows at once stop them once"),
    pytest.param(10, [(-5, 0), (10, 20)], 2, id="windows before and after do not matter"),
]


@pytest.mark.parametrize(("now", "paused", "expected"), CASES)
def test_steps_due(now: int, paused: list[Span], expected: int) -> None:
    spans = [(since * MINUTES, until * MINUTES) for since, until in paused]
    assert steps_due(600, 0, now * MINUTES, spans) == expected
