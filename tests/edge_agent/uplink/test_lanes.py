"""The lanes: transitions first, the newest readings at their time, half of the link for the backlog."""

import math

import pytest

from edge_agent.uplink.lanes import Lanes, Seal, Send, Wait
from edge_agent.uplink.window import SPAN, Patience, Window
from protocol.messages import Lane
from tests.edge_agent.uplink.test_window import EPOCH, flying, resting, sealed

QUIET = Lanes(alert=False, live_at=100.0, backlog=False)
OLD = Window().add(sealed(1))
FULL = Window(size=1.0).add(sealed(1)).sent((EPOCH, 1), Patience(), 0.0)

RESTING = resting(*range(1, SPAN + 1), epoch="over", wait_s=60.0)

CASES = [
    pytest.param(Lanes(), Window(), Seal(Lane.ALERT), id="transitions before everything"),
    pytest.param(Lanes(alert=False), Window(), Seal(Lane.LIVE), id="then the newest readings"),
    pytest.param(
        Lanes(alert=False, live_was_last=True), Window(), Seal(Lane.BACKLOG), id="then the backlog's turn"
    ),
    pytest.param(
        Lanes(alert=False, live_was_last=True, backlog=False),
        Window(),
        Seal(Lane.LIVE),
        id="an empty backlog takes no turn",
    ),
    pytest.param(
        Lanes(alert=False, live_at=100.0), Window(), Seal(Lane.BACKLOG), id="backlog while live has time"
    ),
    pytest.param(QUIET, Window(), Wait(100.0), id="nothing to do until live is due"),
    pytest.param(QUIET, OLD, Send((EPOCH, 1)), id="what was sealed before goes out with the backlog"),
    pytest.param(
        Lanes(alert=False, live_was_last=True), OLD, Send((EPOCH, 1)), id="and before new backlog is sealed"
    ),
    pytest.param(Lanes(), FULL, Wait(10.0), id="a full window waits for the first late receipt"),
    pytest.param(Lanes(), flying(1), Wait(10.0), id="no number is taken past the span"),
    pytest.param(
        Lanes(alert=False, live_at=100.0),
        RESTING,
        Wait(60.0),
        id="no backlog beside much that rests",
    ),
    pytest.param(Lanes(alert=False), RESTING, Seal(Lane.LIVE), id="but the newest are"),
]


@pytest.mark.parametrize(("lanes", "window", "expected"), CASES)
def test_decide(lanes: Lanes, window: Window, expected: Seal | Send | Wait) -> None:
    number = 1 + SPAN if expected == Wait(10.0) else 2
    assert lanes.decide(window, EPOCH, number, 0.0) == expected


def test_a_link_that_is_never_free_gives_every_other_batch_to_the_backlog() -> None:
    lanes, taken = Lanes(alert=False), []
    for moment in range(6):
        step = lanes.decide(Window(), EPOCH, 1, float(moment))
        assert isinstance(step, Seal)
        taken.append(step.lane)
        lanes = lanes.sealed(step.lane, True, 0.5, float(moment))
    assert taken == [Lane.LIVE, Lane.BACKLOG] * 3


def test_an_empty_lane_is_asked_again_at_its_time() -> None:
    lanes = Lanes().sealed(Lane.ALERT, False, 60.0, 0.0)
    lanes = lanes.sealed(Lane.LIVE, False, 60.0, 0.0)
    lanes = lanes.sealed(Lane.BACKLOG, False, 60.0, 0.0)
    assert lanes.decide(Window(), EPOCH, 1, 0.0) == Wait(60.0)
    assert lanes.decide(Window(), EPOCH, 1, 60.0) == Seal(Lane.LIVE)


def test_past_the_span_live_waits_for_receipts_and_not_for_its_time() -> None:
    step = QUIET.decide(flying(1), EPOCH, 1 + SPAN, 200.0)
    assert step == Wait(math.inf)
