"""Moments of arrival: told apart, and never far from the clock."""

import pytest

from firmware_bridge.arrival import SET_BACK_MS, arrival

NOON = 1_790_000_000_000

CASES = [
    pytest.param(NOON, 0, NOON, id="the first"),
    pytest.param(NOON, NOON - 1, NOON, id="a later one"),
    pytest.param(NOON, NOON, NOON + 1, id="another in the same millisecond"),
    pytest.param(NOON, NOON + 5, NOON + 6, id="behind a burst"),
    pytest.param(NOON, NOON + SET_BACK_MS, NOON, id="a clock that was set back is followed"),
]


@pytest.mark.parametrize(("now", "before", "expected"), CASES)
def test_arrival(now: int, before: int, expected: int) -> None:
    assert arrival(now, before) == expected
