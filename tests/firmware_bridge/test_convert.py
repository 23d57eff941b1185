"""The formulas against the numbers that their sources give, and their shape: monotone, inverse, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.refine import convert
from firmware_bridge.refine.convert import Buffer, Scaled

BUFFERS = Buffer(7.0, 0.0), Buffer(4.0, 0.17748)  # an ideal probe at 25 degC: -59.16 mV/pH

NUMBERS = [
    pytest.param(convert.speed_of_sound(20), 343.4, 0.1, id="sound at 20 degC"),
    pytest.param(convert.speed_of_sound(0), 331.3, 0.001, id="sound at 0 degC"),
    pytest.param(convert.distance_of_echo(0.01, 20), 1.717, 0.001, id="10 ms there and back"),
    pytest.param(convert.distance_in_air_of(1, 21, 20), 1.0018, 0.0001, id="0.18 % for a kelvin"),
    pytest.param(convert.distance_in_air_of(1.5, 20, 20), 1.5, 0, id="the assumed temperature is right"),
    pytest.param(convert.level_of_distance(0.6, 2.1), 1.5, 1e-9, id="mounted above the tank"),
    pytest.param(convert.level_of_distance(2.2, 2.1), -0.1, 1e-9, id="below the floor is not clamped"),
    pytest.param(convert.level_of_pressure(10, 0), 1.02, 0.005, id="10 kPa are 1.02 m"),
    pytest.param(convert.level_of_pressure(111.3, 101.3), 1.02, 0.005, id="above the atmosphere"),
    pytest.param(convert.depth_to_water(12, 60), 48, 0, id="a probe at 60 m under 12 m"),
    pytest.param(convert.current_of_shunt(5, 250), 0.020, 1e-12, id="5 V at 250 ohm"),
    pytest.param(convert.current_of_shunt(0.6, 150), 0.004, 1e-12, id="0.6 V at 150 ohm"),
    pytest.param(convert.volume_of_pulses(900, 450), 2, 0, id="900 pulses of a YF-S201"),
    pytest.param(convert.flow_of_frequency(7.5, 450), 1, 0, id="7.5 Hz of a YF-S201 are 1 L/min"),
    pytest.param(convert.rate_of(2, 60), 2, 0, id="2 L in a minute"),
    pytest.param(convert.volume_of_rates(10, 20, 60), 15, 0, id="a rate that doubles in a minute"),
    pytest.param(convert.ec25(1000, 25), 1000, 0, id="at 25 degC it is what it is"),
    pytest.param(convert.ec25(1000, 30), 909.09, 0.01, id="warm water conducts better"),
    pytest.param(convert.tds_of_ec25(1000), 500, 0, id="as NaCl"),
    pytest.param(convert.tds_of_ec25(1000, 0.64), 640, 0, id="natural water"),
    pytest.param(convert.tds_of_voltage(1, 25), 367.475, 0.001, id="DFRobot at 1 V"),
    pytest.param(convert.tds_of_voltage(1.1, 30), 367.475, 0.001, id="DFRobot, five kelvin warmer"),
    pytest.param(convert.ph_of_voltage(0, BUFFERS, 25, 25), 7, 1e-9, id="0 V is pH 7"),
    pytest.param(convert.ph_of_voltage(-0.05916, BUFFERS, 25, 25), 8, 1e-9, id="-59.16 mV are one pH"),
    pytest.param(convert.ph_of_voltage(-0.05817, BUFFERS, 25, 20), 8, 1e-3, id="the slope at 20 degC"),
    pytest.param(convert.battery_of_divider(1.85, 100_000, 100_000), 3.7, 1e-9, id="two equal resistors"),
    pytest.param(convert.charge_of_battery(4.2, convert.LI_ION), 100, 1e-9, id="full"),
    pytest.param(convert.charge_of_battery(3.7, convert.LI_ION), 50, 1e-9, id="mid"),
    pytest.param(convert.charge_of_battery(3.3, convert.LI_ION), 10, 1e-9, id="low"),
    pytest.param(convert.charge_of_battery(3.0, convert.LI_ION), 0, 1e-9, id="empty"),
    pytest.param(convert.charge_of_battery(12.7, convert.LEAD_12V), 100, 1e-9, id="lead, full"),
    pytest.param(convert.charge_of_battery(12.0, convert.LEAD_12V), 20, 1e-9, id="lead, low"),
    pytest.param(convert.charge_of_battery(10.8, convert.LEAD_12V), 0, 1e-9, id="lead, empty"),
]


@pytest.mark.parametrize(("found", "expected", "within"), NUMBERS)
def test_a_formula_gives_the_number_of_its_source(found: float, expected: float, within: float) -> None:
    assert found == pytest.approx(expected, abs=within, rel=0)


LOOPS = [
    pytest.param(0.000, Scaled(None, False), id="a broken wire is no value"),
    pytest.param(0.00359, Scaled(None, False), id="just below 3.6 mA"),
    pytest.param(0.0037, Scaled(-0.1875, True), id="saturated below"),
    pytest.param(0.0038, Scaled(-0.125, False), id="measures from 3.8 mA on"),
    pytest.param(0.004, Scaled(0.0, False), id="0 %"),
    pytest.param(0.012, Scaled(5.0, False), id="half"),
    pytest.param(0.020, Scaled(10.0, False), id="100 %"),
    pytest.param(0.0205, Scaled(10.3125, False), id="measures to 20.5 mA"),
    pytest.param(0.0208, Scaled(10.5, True), id="saturated above"),
    pytest.param(0.02101, Scaled(None, False), id="a short circuit is no value"),
]


@pytest.mark.parametrize(("ampere", "expected"), LOOPS)
def test_a_current_loop_by_namur_ne_43(ampere: float, expected: Scaled) -> None:
    found = convert.scaled_of_current(ampere, 0.0, 10.0)
    assert found.value == pytest.approx(expected.value)
    assert found.is_saturated is expected.is_saturated


COUNTS = [
    pytest.param(10, 25, None, None, 15, id="it counted"),
    pytest.param(10, 10, None, None, 0, id="nothing flowed"),
    pytest.param(65_530, 4, 65_536, 20, 10, id="16 bits wrapped"),
    pytest.param(65_530, 4, 65_536, None, 10, id="it is known that it was not reset"),
    pytest.param(40_000, 4, 65_536, 20, None, id="too much for a wrap: a reset"),
    pytest.param(10, 4, None, None, None, id="it never wraps: a reset"),
    pytest.param(70_000, 4, 65_536, None, None, id="it was beyond where it wraps: another counter"),
]


@pytest.mark.parametrize(("before", "after", "wrap", "most", "expected"), COUNTS)
def test_what_a_counter_counted(
    before: float, after: float, wrap: float | None, most: float | None, expected: float | None
) -> None:
    assert convert.between(before, after, wrap, most) == expected


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_a_wrap_loses_nothing(start: int, counted: int) -> None:
    after = (start + counted) % 2**16
    assert convert.between(start, after, 2.0**16, None) == counted


@given(st.floats(0.0036, 0.021), st.floats(0.0036, 0.021), st.floats(-100, 100), st.floats(0.01, 1000))
def test_a_loop_rises_with_its_current(one: float, other: float, low: float, span: float) -> None:
    below, above = (convert.scaled_of_current(i, low, low + span).value for i in sorted([one, other]))
    assert below is not None
    assert above is not None
    assert below <= above


@given(st.floats(-0.5, 0.5), st.floats(0, 60), st.floats(10, 40))
def test_ph_is_the_inverse_of_the_probe(volt: float, degc: float, calibrated_at: float) -> None:
    ph = convert.ph_of_voltage(volt, BUFFERS, calibrated_at, degc)
    slope = -0.05916 * (degc + convert.KELVIN) / (calibrated_at + convert.KELVIN)
    assert (ph - 7) * slope == pytest.approx(volt, abs=1e-9)


@given(st.floats(2.5, 14), st.floats(2.5, 14))
def test_more_volt_is_never_less_charge(one: float, other: float) -> None:
    for table in (convert.LI_ION, convert.LEAD_12V):
        below, above = (convert.charge_of_battery(volt, table) for volt in sorted([one, other]))
        assert below <= above


@given(st.floats(0, 2.3), st.floats(0, 2.3))
def test_more_volt_is_never_less_dissolved(one: float, other: float) -> None:
    below, above = (convert.tds_of_voltage(volt, 25) for volt in sorted([one, other]))
    assert below <= above + 1e-9
