import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import units
from protocol.units import Quantity

CASES = [
    pytest.param(57.0, "cm", 0.57, "m", id="a hundredth without float noise"),
    pytest.param(12.3, "cm", 0.123, "m", id="a value with decimals, too"),
    pytest.param(1.0, "ft", 0.3048, "m", id="feet"),
    pytest.param(1.5, "m3", 1500.0, "L", id="cubic metres are kept as litres"),
    pytest.param(1.5, "m³", 1500.0, "L", id="the small three"),
    pytest.param(3.6, "m3/h", 60.0, "L/min", id="flow by the hour"),
    pytest.param(2.0, "bar", 200.0, "kPa", id="pressure"),
    pytest.param(212.0, "°F", 100.0, "°C", id="Fahrenheit has another zero"),
    pytest.param(0.0, "K", -273.15, "°C", id="Kelvin"),
    pytest.param(
        28.700000000000003, "degC", 28.700000000000003, "°C", id="nothing to convert: every bit stays"
    ),
    pytest.param(1.4, "mS/cm", 1400.0, "µS/cm", id="conductivity"),
    pytest.param(900.0, "\u00b5S/cm", 900.0, "µS/cm", id="the micro sign"),
    pytest.param(900.0, "\u03bcS/cm", 900.0, "µS/cm", id="the Greek letter that looks like it"),
    pytest.param(350.0, "ppm", 350.0, "mg/L", id="dissolved in water"),
]


@pytest.mark.parametrize(("value", "name", "expected", "canonical"), CASES)
def test_convert(value: float, name: str, expected: float, canonical: str) -> None:
    unit = units.find(name)
    assert units.convert(value, unit) == expected
    assert unit.canonical == canonical


@pytest.mark.parametrize("quantity", Quantity)
@given(value=st.floats())
def test_a_canonical_value_keeps_every_bit(quantity: Quantity, value: float) -> None:
    kept = units.convert(value, units.find(quantity.value))
    assert struct.pack("d", kept) == struct.pack("d", value)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["cm", "psi", "degF", "m3/s"]))
def test_no_value_breaks_a_conversion(value: float, name: str) -> None:
    assert not math.isnan(units.convert(value, units.find(name)))


def test_an_unknown_unit_is_named_with_the_known_ones() -> None:
    with pytest.raises(units.UnknownUnit, match='unknown unit "metre"; known are m, cm'):
        units.find("metre")
