"""One limit per host, and what a server means by Retry-After."""

from datetime import UTC, datetime

import pytest

from firmware_bridge.pacing import GAP_S, LONGEST_HOLD_S, Pace, pace_of
from firmware_bridge.thingspeak_link import DEFAULT_WAIT_S, retry_after_s

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


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


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("30", 30),
        ("99999999", LONGEST_HOLD_S),
        ("Thu, 01 Jan 2026 12:00:45 GMT", 45),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 12:00:45 -0000", 45),
        ("", DEFAULT_WAIT_S),
        ("soon", DEFAULT_WAIT_S),
    ],
)
def test_retry_after(header: str, wait_s: float) -> None:
    assert retry_after_s(header, NOW) == wait_s
