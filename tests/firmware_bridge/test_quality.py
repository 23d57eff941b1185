"""What is doubted, what is a fault, and what is believed again: a sensor's values one after the other."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.refine.quality import Checks, Doubtful, Seen, judge, look, moved_beside
from protocol.reading import Quality, Reading

AT, MINUTE, HOUR = 1_700_000_000_000, 60_000, 3_600_000
GOOD, SUSPECT, FAULT = int(Quality.GOOD), int(Quality.SUSPECT), int(Quality.FAULT)

SONAR = Checks(range=(0.2, 4.5), faults=[0.0], resolution=0.01, spike_window=7)
DS18B20 = Checks(
    range=(-55, 125), faults=[-127, 127.94], doubtful=[Doubtful(value=85, near=3)], resolution=0.0625
)


def judged(checks: Checks, values: Iterable[float | None], every_ms: int = MINUTE) -> list[Reading]:
    """One reading after the other, a minute apart."""
    seen, found = Seen(), []
    for place, value in enumerate(values):
        quality = FAULT if value is None else GOOD
        reading, seen = judge(checks, seen, Reading("d/m", AT + place * every_ms, value, quality))
        found.append(reading)
    return found


def flags(checks: Checks, values: Iterable[float | None], every_ms: int = MINUTE) -> str:
    """A letter for each: good, suspect or fault."""
    letters = {GOOD: "g", SUSPECT: "s", FAULT: "f"}
    return "".join(letters[reading.quality] for reading in judged(checks, values, every_ms))


FLAT = [1.0] * 7
RANGE, FAST = Checks(range=(0, 4)), Checks(max_per_min=0.1)

CASES = [
    pytest.param(RANGE, [0, 4, 4.01, -0.01, 2], "ggssg", id="out of range, and its ends are in it"),
    pytest.param(SONAR, [1, 0, 1, None, 1], "gfgfg", id="no echo is a fault, as nan is"),
    pytest.param(DS18B20, [24, -127, 127.94, 24.1], "gffg", id="disconnected, and a failed conversion"),
    pytest.param(DS18B20, [24, 85, 85, 85, 85, 24], "gssssg", id="power-on values, however many"),
    pytest.param(DS18B20, [85, 85, 24], "ssg", id="power-on values at the start"),
    pytest.param(DS18B20, [83.5, 85, 86], "ggg", id="a value of 85 on the way is a real one"),
    pytest.param(FAST, [1, 1.1, 1.2, 2.0, 1.3], "gggsg", id="faster than physics, and back"),
    pytest.param(FAST, [1, 2.0, 2.0, 2.0], "gssg", id="a step is believed once three samples agree"),
    pytest.param(FAST, [1, 2.0, 0.2, 2.0, 0.2, 2.0], "gsssss", id="samples that do not agree never are"),
    pytest.param(SONAR, [*FLAT, 3, 1], "gggggggsg", id="a lone spike"),
    pytest.param(SONAR, [*FLAT, 3, 3, 1], "gggggggssg", id="a spike of two samples"),
    pytest.param(SONAR, [*FLAT, 3, 3, 3, 3], "gggggggssgg", id="a real step"),
    pytest.param(SONAR, [*FLAT, 3, 3, 3, 3, 3, 3, 1], "gggggggssggggs", id="and a spike from there"),
    pytest.param(SONAR, [*FLAT, 1.02, 0.98, 1.04], "gggggggggg", id="within what it can tell"),
    pytest.param(SONAR, [*FLAT, 1.1, 1.2, 1.3, 1.4], "gggggggssgg", id="a tank begins to fill"),
    pytest.param(SONAR, [1, 1, 1, 1, 3], "ggggg", id="too few to tell a spike"),
    pytest.param(SONAR, [*FLAT, 9, 9, 9, 9, 1], "gggggggssssg", id="out of range is never a new normal"),
    pytest.param(SONAR, [*FLAT, 0, None, 3], "gggggggffs", id="a fault is no neighbour"),
]


@pytest.mark.parametrize(("checks", "values", "expected"), CASES)
def test_flags(checks: Checks, values: list[float | None], expected: str) -> None:
    assert flags(checks, values) == expected


def test_a_doubted_value_is_kept_as_it_came() -> None:
    assert [reading.value for reading in judged(SONAR, [*FLAT, 3.2, 9.9])][-2:] == [3.2, 9.9]


def test_after_a_long_silence_the_window_no_longer_says_what_is_normal() -> None:
    seen = Seen()
    for place, value in enumerate(FLAT):
        _, seen = judge(SONAR, seen, Reading("d/m", AT + place * MINUTE, value))
    later, _ = judge(SONAR, seen, Reading("d/m", AT + 10 * HOUR, 3.0))
    assert later.quality == GOOD


def test_a_change_may_take_as_long_as_it_took() -> None:
    assert flags(FAST, [1, 1.9, 1], every_ms=10 * MINUTE) == "ggg"
    assert flags(FAST, [1, 2.1, 1], every_ms=10 * MINUTE) == "gsg"


STUCK = msgspec.convert({"resolution": 0.01, "stuck": {"for_h": 2}}, Checks)
STUCK_WHILE = msgspec.convert({"resolution": 0.01, "stuck": {"for_h": 2, "while": "rate"}}, Checks)


def test_one_value_for_hours_is_stuck_until_it_moves() -> None:
    half_hours = [1.0, 1.001, 1.0, 1.0, 1.0, 1.0, 1.01, 1.01]
    assert flags(STUCK, half_hours, every_ms=HOUR // 2) == "ggggssgg"


def stuck_beside(rates: list[float], levels: list[float]) -> str:
    """A level and the flow beside it, every half hour."""
    seen, letters = Seen(), ""
    for place, (rate, level) in enumerate(zip(rates, levels, strict=True)):
        at = AT + place * HOUR // 2
        reading, seen = judge(STUCK_WHILE, seen, Reading("d/level", at, level))
        seen = moved_beside(STUCK_WHILE, seen, at, rate, 0.5)
        letters += "s" if reading.quality else "g"
    return letters


def test_a_tank_is_flat_at_night() -> None:
    assert stuck_beside([0.0] * 20, [1.0] * 20) == "g" * 20


def test_noise_of_the_other_sensor_is_no_flow() -> None:
    assert stuck_beside([0.0, 0.3] * 10, [1.0] * 20) == "g" * 20


def test_the_hours_begin_when_water_begins_to_flow() -> None:
    night, morning = [0.0] * 10, [20.0, 35.0, 30.0, 25.0, 20.0, 30.0]
    assert stuck_beside(night + morning, [1.0] * 16) == "g" * 14 + "ss"


def test_a_level_that_moves_in_the_morning_was_never_stuck() -> None:
    night, morning = [0.0] * 10, [20.0] * 6
    assert stuck_beside(night + morning, [1.0] * 11 + [0.9, 0.8, 0.7, 0.6, 0.5]) == "g" * 16


def test_limits_are_written_in_the_unit_of_the_device() -> None:
    checks = Checks(range=(20, 450), faults=[0], max_per_min=5, resolution=0.1).canonical("cm")
    assert (checks.range, checks.faults) == ((0.2, 4.5), [0.0])
    assert (checks.max_per_min, checks.resolution) == (0.05, 0.001)
    warm = Checks(range=(32, 212), max_per_min=9).canonical("degF")
    assert (warm.range, warm.max_per_min) == ((0.0, 100.0), 5.0)
    assert Checks(range=(0, 1)).canonical("") == Checks(range=(0, 1))


MISTAKES = [
    pytest.param({"range": [4, 1]}, "range = .4, 1. is upside down; write the smaller", id="upside down"),
    pytest.param({"range": [4]}, "Expected `array` of length 2", id="one end"),
    pytest.param({"spike_window": 7}, "need a resolution", id="spikes of what size"),
    pytest.param({"stuck": {"for_h": 5}}, "need a resolution", id="stuck to what"),
    pytest.param({"resolution": 1, "spike_window": 3}, ">= 5", id="too few for a median"),
    pytest.param({"resolution": 1, "spike_window": 12}, "<= 11", id="more than is remembered"),
    pytest.param({"max_per_min": 0}, "> 0", id="nothing may move"),
    pytest.param({"rang": [0, 1]}, "rang", id="misspelt"),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert(settings, Checks)


numbers = st.floats(-1e12, 1e12)
everything = st.builds(
    Checks,
    range=st.none() | st.just((-100.0, 100.0)),
    faults=st.lists(numbers, max_size=2),
    max_per_min=st.none() | st.floats(0.001, 1e6),
    resolution=st.floats(0.001, 10),
    spike_window=st.none() | st.integers(5, 11),
    stuck=st.none() | st.just(STUCK.stuck),
)


@given(everything, st.lists(st.none() | numbers, max_size=60))
def test_any_values_are_kept_and_remembered_within_bounds(checks: Checks, values: list[float | None]) -> None:
    seen = Seen()
    for place, value in enumerate(values):
        given_ = Reading("d/m", AT + place * MINUTE, value, FAULT if value is None else GOOD)
        reading, seen = judge(checks, seen, given_)
        assert reading.value == value or (reading.value is None and reading.quality & FAULT)
        assert len(seen.trusted) <= 11
        assert len(seen.doubted) <= 2
    assert len(msgspec.msgpack.encode(seen)) <= 400


@given(everything, st.lists(st.floats(-50, 50), max_size=30), st.floats(-50, 50))
def test_a_steady_value_is_never_doubted_for_ever(checks: Checks, before: list[float], value: float) -> None:
    if value in checks.faults:
        return
    checks = msgspec.structs.replace(checks, stuck=None)
    # Two may be believed while the window fills, two more are doubted, and then it is what is trusted.
    assert flags(checks, [*before, *[value] * 6]).endswith("gg")


@given(everything, numbers)
def test_the_value_alone_is_never_doubted_by_its_neighbours(checks: Checks, value: float) -> None:
    checks = msgspec.structs.replace(checks, range=None, faults=[])
    assert look(checks, Reading("d/m", AT, value)).quality == GOOD
