"""Points derived of what water-quality probes and batteries give. Pure."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from firmware_bridge.refine import convert
from firmware_bridge.refine.calibration import (
    AtTemperature,
    Beside,
    Calibration,
    Dated,
    Derived,
    Ohm,
    Outcome,
    valid,
)
from firmware_bridge.refine.convert import Buffer
from protocol.reading import Label
from protocol.units import Quantity

_AT_25 = 25.0  # degC: what conductivity is compared at
_BOARD_NOISE_V, _BOARD_MOST = 0.1, 1000.0  # of DFRobot's TDS board: V, mg/L
_TABLES = {"li_ion": convert.LI_ION, "lead_12v": convert.LEAD_12V}


class Water(Calibration, frozen=True, kw_only=True):
    per_kelvin: Annotated[float, Meta(ge=0.01, le=0.03)] = 0.02  # natural water 0.019-0.0191


class Ec25(AtTemperature, tag="ec25", frozen=True, kw_only=True):
    """Conductivity as it would be at 25 degC."""

    TAKES: ClassVar = Quantity.CONDUCTIVITY
    GIVES: ClassVar = Quantity.CONDUCTIVITY

    calibrations: Dated[Water]
    temperature: Label  # a metric: the water's

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        water, is_doubted = self.degc(_AT_25, beside)
        return Outcome(convert.ec25(value, water, how.per_kelvin), is_doubted or value < 0)


class Dissolved(Calibration, frozen=True, kw_only=True):
    factor: Annotated[float, Meta(ge=0.3, le=1)] = 0.5  # mg/L per uS/cm: 0.5 as NaCl, 0.64-0.7 natural water


class TdsFromEc25(Derived, tag="tds_from_ec25", frozen=True, kw_only=True):
    TAKES: ClassVar = Quantity.CONDUCTIVITY
    GIVES: ClassVar = Quantity.CONCENTRATION

    calibrations: Dated[Dissolved]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        return Outcome(convert.tds_of_ec25(value, valid(self.calibrations, at).factor), value < 0)


class TdsFromVoltage(AtTemperature, tag="tds_from_voltage", frozen=True, kw_only=True):
    """DFRobot's analog board; what it can't measure is doubted."""

    TAKES: ClassVar = Quantity.VOLTAGE
    GIVES: ClassVar = Quantity.CONCENTRATION

    calibrations: Dated[Calibration]
    temperature: Label | None = None  # a metric: the water's; None: taken to be 25 degC

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        valid(self.calibrations, at)
        water, is_doubted = self.degc(_AT_25, beside)
        tds = convert.tds_of_voltage(value, water)
        return Outcome(tds, is_doubted or value < _BOARD_NOISE_V or tds > _BOARD_MOST)


class Buffers(Calibration, frozen=True, kw_only=True):
    """Two buffer solutions, as [pH, V] each."""

    buffers: tuple[Buffer, Buffer]
    degc: Annotated[float, Meta(ge=0, le=100)] = 25.0  # of the buffers

    def __post_init__(self) -> None:
        one, two = self.buffers
        if one.ph == two.ph or one.volt == two.volt:
            raise ValueError("buffers are one and the same; write two, as [[7.0, 0.0], [4.0, 0.177]]")


class PhFromVoltage(AtTemperature, tag="ph_from_voltage", frozen=True, kw_only=True):
    TAKES: ClassVar = Quantity.VOLTAGE
    GIVES: ClassVar = Quantity.ACIDITY

    calibrations: Dated[Buffers]
    temperature: Label | None = None  # a metric: the water's; None: that of the buffers

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        water, is_doubted = self.degc(how.degc, beside)
        ph = convert.ph_of_voltage(value, how.buffers, how.degc, water)
        return Outcome(ph, is_doubted or not 0 <= ph <= 14)


class Divider(Calibration, frozen=True, kw_only=True):
    upper_ohm: Ohm
    lower_ohm: Ohm  # towards ground


class BatteryFromVoltage(Derived, tag="battery_from_voltage", frozen=True, kw_only=True):
    """The battery's voltage, of that behind a divider."""

    TAKES: ClassVar = Quantity.VOLTAGE
    GIVES: ClassVar = Quantity.VOLTAGE

    calibrations: Dated[Divider]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        return Outcome(convert.battery_of_divider(value, how.upper_ohm, how.lower_ohm), value < 0)


class Battery(Calibration, frozen=True, kw_only=True):
    battery: Literal["li_ion", "lead_12v"]


class ChargeFromBattery(Derived, tag="charge_from_battery", frozen=True, kw_only=True):
    """% of a battery's charge; doubted above 100 %: while it is charged, its voltage tells nothing."""

    TAKES: ClassVar = Quantity.VOLTAGE
    GIVES: ClassVar = Quantity.SHARE

    calibrations: Dated[Battery]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        charge = convert.charge_of_battery(value, _TABLES[valid(self.calibrations, at).battery])
        return Outcome(charge, not 0 <= charge <= 100)
