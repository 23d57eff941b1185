"""Points derived of distances, pressures, currents and levels. Pure."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from firmware_bridge.refine import convert, tank_shapes
from firmware_bridge.refine.calibration import (
    AtTemperature,
    Beside,
    Calibration,
    Celsius,
    Dated,
    Derived,
    Ohm,
    Outcome,
    valid,
)
from firmware_bridge.refine.tank_shapes import Metres, Tank
from protocol import units
from protocol.reading import Label
from protocol.units import Quantity


class Mounting(Calibration, frozen=True, kw_only=True):
    mount_height_m: Metres  # from the sensor's face to the tank's floor
    tank_height_m: Metres | None = None  # None: not known; then only a level below the floor is doubted


class _InAir(AtTemperature, frozen=True, kw_only=True):
    POSSIBLE: ClassVar = -40.0, 100.0

    temperature: Label | None = None  # a metric: the air that the sound goes through; None: as assumed
    assumed_degc: Celsius = 20.0  # what the sensor's own firmware reckons with


class LevelFromDistance(_InAir, tag="level_from_distance", frozen=True, kw_only=True):
    """Water above the floor, by a sensor that looks down on it."""

    TAKES: ClassVar = Quantity.LENGTH
    GIVES: ClassVar = Quantity.LENGTH

    calibrations: Dated[Mounting]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        air, is_doubted = self.degc(self.assumed_degc, beside)
        distance = convert.distance_in_air_of(value, air, self.assumed_degc)
        level = convert.level_of_distance(distance, how.mount_height_m)
        highest = how.mount_height_m if how.tank_height_m is None else how.tank_height_m
        return Outcome(level, is_doubted or not 0 <= level <= highest)


class DistanceFromEcho(_InAir, tag="distance_from_echo", frozen=True, kw_only=True):
    """Of a sensor that hands over the time until its echo came back."""

    TAKES: ClassVar = Quantity.DURATION
    GIVES: ClassVar = Quantity.LENGTH

    calibrations: Dated[Calibration]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        valid(self.calibrations, at)
        air, is_doubted = self.degc(self.assumed_degc, beside)
        return Outcome(convert.distance_of_echo(value, air), is_doubted or value < 0)


class Probe(Calibration, frozen=True, kw_only=True):
    atmosphere_kpa: Annotated[float, Meta(ge=0, le=110)] = 0.0  # 0: a vented probe, 101.3: an absolute one
    kg_m3: Annotated[float, Meta(ge=900, le=1300)] = convert.WATER_KG_M3
    tank_height_m: Metres | None = None


class LevelFromPressure(Derived, tag="level_from_pressure", frozen=True, kw_only=True):
    """Water above a submerged probe."""

    TAKES: ClassVar = Quantity.PRESSURE
    GIVES: ClassVar = Quantity.LENGTH

    calibrations: Dated[Probe]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        level = convert.level_of_pressure(value, how.atmosphere_kpa, how.kg_m3)
        return Outcome(level, level < 0 or (how.tank_height_m is not None and level > how.tank_height_m))


class Span(Calibration, frozen=True, kw_only=True):
    low: float  # at 4 mA, in the derived point's `unit`
    high: float  # at 20 mA


class ValueFromCurrent(Derived, tag="value_from_current", frozen=True, kw_only=True):
    """What a 4-20 mA loop measures: level, pressure, flow."""

    TAKES: ClassVar = Quantity.CURRENT

    calibrations: Dated[Span]
    measured: Annotated[str, Meta(max_length=32)] = msgspec.field(name="unit")

    def __post_init__(self) -> None:
        units.find(self.measured)
        super().__post_init__()

    @property
    def unit(self) -> str:
        return units.find(self.measured).canonical

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        how = valid(self.calibrations, at)
        scaled = convert.scaled_of_current(value, how.low, how.high)
        if scaled.value is None:
            return Outcome(None)
        return Outcome(units.convert(scaled.value, units.find(self.measured)), scaled.is_saturated)


class Shunt(Calibration, frozen=True, kw_only=True):
    shunt_ohm: Ohm


class CurrentFromVoltage(Derived, tag="current_from_voltage", frozen=True, kw_only=True):
    """Of a loop that is read as the voltage over a resistor."""

    TAKES: ClassVar = Quantity.VOLTAGE
    GIVES: ClassVar = Quantity.CURRENT

    calibrations: Dated[Shunt]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        return Outcome(convert.current_of_shunt(value, valid(self.calibrations, at).shunt_ohm))


class Hanging(Calibration, frozen=True, kw_only=True):
    probe_depth_m: Metres  # from the top of the borewell


class DepthToWater(Derived, tag="depth_to_water", frozen=True, kw_only=True):
    """From the top of a borewell, by the water above its probe."""

    TAKES: ClassVar = Quantity.LENGTH
    GIVES: ClassVar = Quantity.LENGTH

    calibrations: Dated[Hanging]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        depth = convert.depth_to_water(value, valid(self.calibrations, at).probe_depth_m)
        return Outcome(depth, value < 0 or depth < 0)


class Shape(Calibration, frozen=True, kw_only=True):
    tank: Tank


class _OfTank(Derived, frozen=True, kw_only=True):
    TAKES: ClassVar = Quantity.LENGTH

    calibrations: Dated[Shape]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        tank = valid(self.calibrations, at).tank
        return Outcome(self.of_tank(tank, value), not 0 <= value <= tank.height_m)

    def of_tank(self, tank: Tank, level: float) -> float:
        raise NotImplementedError


class VolumeFromLevel(_OfTank, tag="volume_from_level", frozen=True, kw_only=True):
    GIVES: ClassVar = Quantity.VOLUME

    def of_tank(self, tank: Tank, level: float) -> float:
        return tank_shapes.volume_l(tank, level)


class LevelFromVolume(Derived, tag="level_from_volume", frozen=True, kw_only=True):
    """Of a controller that sends litres."""

    TAKES: ClassVar = Quantity.VOLUME
    GIVES: ClassVar = Quantity.LENGTH

    calibrations: Dated[Shape]

    def derive(self, value: float, at: int, beside: Beside) -> Outcome:
        tank = valid(self.calibrations, at).tank
        return Outcome(tank_shapes.level_m(tank, value), not 0 <= value <= tank_shapes.capacity_l(tank))


class HeightShareFromLevel(_OfTank, tag="height_share_from_level", frozen=True, kw_only=True):
    """% of the height."""

    GIVES: ClassVar = Quantity.SHARE

    def of_tank(self, tank: Tank, level: float) -> float:
        return tank_shapes.height_share(tank, level)


class VolumeShareFromLevel(_OfTank, tag="volume_share_from_level", frozen=True, kw_only=True):
    """% of the capacity."""

    GIVES: ClassVar = Quantity.SHARE

    def of_tank(self, tank: Tank, level: float) -> float:
        return tank_shapes.volume_share(tank, level)
