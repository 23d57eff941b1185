"""Quantities, the one unit in which each is kept, and what other units become it."""

import enum
import unicodedata

import msgspec

# Significant digits kept of what was computed: more than any sensor has, and fewer than float noise needs
# (12.3 cm are 0.123 m and not 0.12300000000000001, which would also triple its bytes on the wire).
_DIGITS = 12


class Quantity(enum.StrEnum):
    """What is measured; the value is the canonical unit."""

    LENGTH = "m"
    VOLUME = "L"
    FLOW = "L/min"
    PRESSURE = "kPa"
    TEMPERATURE = "°C"
    SHARE = "%"
    CONDUCTIVITY = "µS/cm"
    CONCENTRATION = "mg/L"
    TURBIDITY = "NTU"
    ACIDITY = "pH"
    VOLTAGE = "V"
    CURRENT = "A"
    POWER = "kW"
    ENERGY = "kWh"
    FREQUENCY = "Hz"
    DURATION = "s"
    SIGNAL = "dBm"


class Unit(msgspec.Struct, frozen=True):
    """canonical = (value + shift) * up / down; division because 57 / 100 is 0.57 and 57 * 0.01 is not."""

    quantity: Quantity
    up: float = 1.0
    down: float = 1.0
    shift: float = 0.0

    @property
    def canonical(self) -> str:
        return self.quantity.value


class UnknownUnit(ValueError):
    """A sentence that names the unit and the known ones."""


def find(name: str) -> Unit:
    """The unit people write as `name`: cm, m3 or m³, degC or °C. Raises UnknownUnit."""
    unit = _UNITS.get(_plain(name))
    if unit is None:
        raise UnknownUnit(f'unknown unit "{name}"; known are {", ".join(_UNITS)}, or leave it out')
    return unit


def convert(value: float, unit: Unit) -> float:
    """The value in the canonical unit; one that is in it already comes back to the last bit."""
    if unit == Unit(unit.quantity):
        return value
    return rounded((value + unit.shift) * unit.up / unit.down)


def convert_span(value: float, unit: Unit) -> float:
    """A difference of two values, in the canonical unit: no zero is shifted."""
    return convert(value, Unit(unit.quantity, unit.up, unit.down))


def rounded(value: float) -> float:
    """Without the noise of the arithmetic that made it."""
    return float(f"{value:.{_DIGITS}g}")


def _plain(name: str) -> str:
    """One spelling of what looks alike: m³ as m3, both micro signs and u."""
    return unicodedata.normalize("NFKC", name).replace("μ", "u").strip()


_UNITS = {
    "m": Unit(Quantity.LENGTH),
    "cm": Unit(Quantity.LENGTH, down=100),
    "mm": Unit(Quantity.LENGTH, down=1000),
    "in": Unit(Quantity.LENGTH, up=0.0254),
    "ft": Unit(Quantity.LENGTH, up=0.3048),
    "L": Unit(Quantity.VOLUME),
    "l": Unit(Quantity.VOLUME),
    "mL": Unit(Quantity.VOLUME, down=1000),
    "kL": Unit(Quantity.VOLUME, up=1000),
    "m3": Unit(Quantity.VOLUME, up=1000),
    "L/min": Unit(Quantity.FLOW),
    "L/s": Unit(Quantity.FLOW, up=60),
    "L/h": Unit(Quantity.FLOW, down=60),
    "m3/h": Unit(Quantity.FLOW, up=1000, down=60),
    "m3/s": Unit(Quantity.FLOW, up=60_000),
    "kPa": Unit(Quantity.PRESSURE),
    "Pa": Unit(Quantity.PRESSURE, down=1000),
    "hPa": Unit(Quantity.PRESSURE, down=10),
    "mbar": Unit(Quantity.PRESSURE, down=10),
    "bar": Unit(Quantity.PRESSURE, up=100),
    "psi": Unit(Quantity.PRESSURE, up=6.894757293168),
    "°C": Unit(Quantity.TEMPERATURE),
    "degC": Unit(Quantity.TEMPERATURE),
    "°F": Unit(Quantity.TEMPERATURE, shift=-32, up=5, down=9),
    "degF": Unit(Quantity.TEMPERATURE, shift=-32, up=5, down=9),
    "K": Unit(Quantity.TEMPERATURE, shift=-273.15),
    "%": Unit(Quantity.SHARE),
    "uS/cm": Unit(Quantity.CONDUCTIVITY),
    "mS/cm": Unit(Quantity.CONDUCTIVITY, up=1000),
    "S/m": Unit(Quantity.CONDUCTIVITY, up=10_000),
    "mg/L": Unit(Quantity.CONCENTRATION),
    "ppm": Unit(Quantity.CONCENTRATION),  # of something dissolved in water
    "NTU": Unit(Quantity.TURBIDITY),
    "pH": Unit(Quantity.ACIDITY),
    "V": Unit(Quantity.VOLTAGE),
    "mV": Unit(Quantity.VOLTAGE, down=1000),
    "A": Unit(Quantity.CURRENT),
    "mA": Unit(Quantity.CURRENT, down=1000),
    "kW": Unit(Quantity.POWER),
    "W": Unit(Quantity.POWER, down=1000),
    "kWh": Unit(Quantity.ENERGY),
    "Wh": Unit(Quantity.ENERGY, down=1000),
    "Hz": Unit(Quantity.FREQUENCY),
    "s": Unit(Quantity.DURATION),
    "ms": Unit(Quantity.DURATION, down=1000),
    "us": Unit(Quantity.DURATION, down=1_000_000),
    "min": Unit(Quantity.DURATION, up=60),
    "h": Unit(Quantity.DURATION, up=3600),
    "dBm": Unit(Quantity.SIGNAL),
}
