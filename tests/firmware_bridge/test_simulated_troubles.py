"""The community's bad day: what its sensors show of a power cut, a leak and a sensor that dies."""

import pytest

from firmware_bridge.simulated import community
from firmware_bridge.simulated.community import State, step, values
from firmware_bridge.simulated.troubles import HOUR_MS, NONE, Trouble, trouble

BEGAN = 1_767_225_600_000
MINUTE_MS = 60_000


def at_hour(hour: float, troubled: bool = True) -> dict[str, float]:
    """What the sensors show so many hours after the beginning."""
    state = State(at=BEGAN, began=BEGAN)
    while state.at < BEGAN + hour * HOUR_MS:
        state = step(state, MINUTE_MS, 1, 0, trouble(state.at - BEGAN) if troubled else NONE)
    return values(state, MINUTE_MS, 1, 0)


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (1, NONE),
        (11.2, Trouble(has_power=False)),
        (12, Trouble(leak=120.0, has_power=False)),
        (16, Trouble(leak=120.0)),
        (24.5, Trouble(leak=120.0, is_dead=True)),
        (26, Trouble(is_dead=True)),
    ],
)
def test_the_day_has_its_hours(hour: float, expected: Trouble) -> None:
    assert trouble(round(hour * HOUR_MS)) == expected


def test_before_the_first_trouble_nothing_is_different() -> None:
    assert at_hour(10) == at_hour(10, troubled=False)


def test_without_power_the_pump_stands_and_the_leak_empties_the_tank() -> None:
    shown = at_hour(14.9)
    assert shown["borewell-1/pump"] == 0
    assert shown["oht-1/level"] < 0.3


def test_a_leak_flows_when_nobody_drinks() -> None:
    assert at_hour(24.9)["flow-1/rate"] > 120 > at_hour(24.9, troubled=False)["flow-1/rate"]


def test_the_meters_agree_with_the_tank_also_then() -> None:
    state = State(at=BEGAN, began=BEGAN)
    first = state.tank_ml - state.pumped_ml + state.drawn_ml
    for _ in range(26 * 60):
        state = step(state, MINUTE_MS, 1, 0, trouble(state.at - BEGAN))
        assert state.tank_ml - state.pumped_ml + state.drawn_ml == first
        assert 0 <= state.tank_ml <= community.TANK_ML
