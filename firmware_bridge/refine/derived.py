"""The kinds of derived points that a configuration may name: one word here for each."""

from firmware_bridge.refine.counters import (
    RateFromFrequency,
    RateFromPulses,
    RateFromTotal,
    TotalFromRate,
    VolumeFromPulses,
)
from firmware_bridge.refine.levels import (
    CurrentFromVoltage,
    DepthToWater,
    DistanceFromEcho,
    HeightShareFromLevel,
    LevelFromDistance,
    LevelFromPressure,
    LevelFromVolume,
    ValueFromCurrent,
    VolumeFromLevel,
    VolumeShareFromLevel,
)
from firmware_bridge.refine.probes import (
    BatteryFromVoltage,
    ChargeFromBattery,
    Ec25,
    PhFromVoltage,
    TdsFromEc25,
    TdsFromVoltage,
)

AnyDerived = (
    DistanceFromEcho
    | LevelFromDistance
    | LevelFromPressure
    | ValueFromCurrent
    | CurrentFromVoltage
    | DepthToWater
    | VolumeFromLevel
    | LevelFromVolume
    | HeightShareFromLevel
    | VolumeShareFromLevel
    | VolumeFromPulses
    | RateFromPulses
    | RateFromFrequency
    | RateFromTotal
    | TotalFromRate
    | Ec25
    | TdsFromEc25
    | TdsFromVoltage
    | PhFromVoltage
    | BatteryFromVoltage
    | ChargeFromBattery
)
