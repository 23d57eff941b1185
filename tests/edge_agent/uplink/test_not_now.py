"""A cloud that can't take something now: what waits, how long, and that an outage costs little data."""

import math

import pytest

from edge_agent.uplink.window import PAUSE_LIMIT_S, Window, key_of
from protocol.messages import RetryAfter
from tests.edge_agent.uplink.test_window import EPOCH, PATIENCE, flying, sealed


def test_a_batch_that_must_wait_leaves_room_for_others() -> None:
    retry = RetryAfter(code="partition", after_s=60.0, epoch=EPOCH, number=1)
    window = flying(1, 2).postponed(retry, PATIENCE, 5.0)
    assert window.next_due(64.0) is None
    assert window.has_room(5.0)
    due = window.next_due(65.0)
    assert due is not None
    assert due.sealed.number == 1


def test_a_cloud_that_is_busy_gets_nothing_at_all() -> None:
    window = flying(1, 2).postponed(RetryAfter(code="busy", after_s=20.0), PATIENCE, 5.0)
    assert not window.has_room(24.0)
    assert window.has_room(25.0)
    assert window.wake_at(5.0) == 25.0
    assert window.silent_at(PATIENCE) == math.inf


@pytest.mark.parametrize("after_s", [-1.0, 1e9, math.nan, math.inf])
def test_no_wait_is_longer_than_the_limit(after_s: float) -> None:
    window = flying(1).postponed(RetryAfter(code="busy", after_s=after_s), PATIENCE, 0.0)
    assert window.has_room(PAUSE_LIMIT_S)


def test_a_wait_for_a_batch_that_has_its_receipt_changes_nothing() -> None:
    window = flying(1)
    assert window.postponed(RetryAfter(code="x", after_s=9.0, epoch=EPOCH, number=7), PATIENCE, 0.0) == window


def test_each_postponement_is_longer_than_the_one_before() -> None:
    retry = RetryAfter(code="contended", after_s=5.0, epoch=EPOCH, number=1)
    window, now, waits = Window().add(sealed(1)), 0.0, []
    for _ in range(7):
        window = window.sent((EPOCH, 1), PATIENCE, now).postponed(retry, PATIENCE, now)
        assert window.silent_at(PATIENCE) == math.inf  # it was an answer
        due = window.wake_at(now)
        waits.append(due - now)
        now = due
    assert waits == [5, 10, 20, 40, 80, 120, 120]


def test_each_pause_in_a_row_is_longer_and_ends_with_one_batch() -> None:
    busy = RetryAfter(code="database", after_s=5.0)
    window, now, waits = flying(*range(1, 33)), 0.0, []
    for _ in range(7):
        for _ in range(32):  # each batch that was in the air is answered
            window = window.postponed(busy, PATIENCE, now)
        waits.append(window.paused_until - now)
        now = window.paused_until
        assert window.has_room(now)
        due = window.next_due(now)
        assert due is not None
        window = window.sent(key_of(due.sealed), PATIENCE, now)
        assert not window.has_room(now)
    assert waits == [5, 10, 20, 40, 80, 120, 120]
    window = window.receipted((EPOCH, 1), PATIENCE, now).postponed(busy, PATIENCE, now)
    assert window.paused_until == now + 5


def test_no_time_to_wait_is_no_leave_to_storm() -> None:
    retry = RetryAfter(code="x", after_s=0.0, epoch=EPOCH, number=1)
    assert flying(1).postponed(retry, PATIENCE, 0.0).wake_at(0.0) == PATIENCE.receipt_s
    assert flying(1).postponed(RetryAfter(code="x", after_s=0.0), PATIENCE, 0.0).paused_until > 0.0
