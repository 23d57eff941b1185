"""One limit per host."""

import pytest

from firmware_bridge.thingspeak.pacing import GAP_S, LONGEST_HOLD_S, Pace, pace_of


def test_those_who_ask_at_once_take_turns() -> None:
    pace = Pace()
    assert [pace.reserve(100.0) for _ in range(3)] == pytest.approx([0, GAP_S, 2 * GAP_S])
    assert pace.reserve(200.0) == 0


def test_a_host_that_asked_for_peace_has_it() -> None:
    pace = Pace()
    pace.hold(100.0, 30)
    assert pace.reserve(110.0) == 20
    pace.hold(200.0, 1e9)
    assert pace.reserve(200.0) == LONGEST_HOLD_S


def test_sources_of_one_host_share_its_pace() -> None:
    assert pace_of("one.example") is pace_of("one.example")
    assert pace_of("one.example") is not pace_of("two.example")
