"""The simulated community: a borewell pump fills an overhead tank, the people draw it down. Pure.

Water is counted in whole millilitres, so that the meters and the tank agree exactly: volume is what
it was, plus what the pump's meter gained, less what the outlet's meter gained.
"""

import hashlib
import math

import msgspec

from firmware_bridge.simulated.troubles import NONE, Trouble

POINTS = {  # name -> canonical unit, in the order of `values`
    "oht-1/level": "m",
    "oht-1/volume": "L",
    "oht-1/temperature": "°C",
    "oht-1/chlorine": "mg/L",
    "borewell-1/pump": "",  # 1 running, 0 not
    "borewell-1/current": "A",
    "borewell-1/depth_to_water": "m",
    "borewell-1/total": "L",  # pumped since the meter was new
    "flow-1/rate": "L/min",  # drawn from the tank
    "flow-1/total": "L",
}

TANK_AREA_M2 = 8.0
TANK_ML = 24_000_000
PUMP_ON_BELOW, PUMP_OFF_ABOVE = 0.35, 0.95  # of the tank: the hysteresis of its float switches
PUMP_ML_PER_MIN = 250_000
REST_DEPTH_M, PUMPED_DEPTH_M = 38.0, 46.5  # to the water in the borewell: at rest, after hours of pumping
DRAWDOWN_S, RECOVERY_S = 1_800.0, 5_400.0  # time constants between the two

# The day's demand in L/min: a trickle, and peaks as (hour, spread in hours, height).
BASE_DEMAND = 12.0
PEAKS = ((7.0, 1.2, 150.0), (13.0, 1.5, 35.0), (19.0, 1.4, 110.0))

MINUTE_MS, DAY_MS = 60_000, 86_400_000


class State(msgspec.Struct, frozen=True):
    """The community after the tick at `at`; with it and the settings all later ticks are determined."""

    at: int  # ms UTC
    tank_ml: int = TANK_ML * 6 // 10
    pumped_ml: int = 812_400_000  # both meters have been there for a while
    drawn_ml: int = 797_050_000
    last_drawn_ml: int = 0  # in the step that ended at `at`
    pump: bool = False
    depth_m: float = REST_DEPTH_M
    began: int = 0  # the tick before the first, ms UTC


def step(before: State, every_ms: int, seed: int, offset_ms: int, trouble: Trouble = NONE) -> State:
    """One tick later. `offset_ms` is the site's time less UTC: people wake by their own clock."""
    at = before.at + every_ms
    wanted_ml = round((_demand(at + offset_ms, seed) + trouble.leak) * 1000 * every_ms / MINUTE_MS)
    drawn_ml = min(wanted_ml, before.tank_ml)
    left_ml = before.tank_ml - drawn_ml
    pumped_ml = min(PUMP_ML_PER_MIN * every_ms // MINUTE_MS, TANK_ML - left_ml) if before.pump else 0
    tank_ml = left_ml + pumped_ml
    is_wanted = tank_ml < (PUMP_OFF_ABOVE if before.pump else PUMP_ON_BELOW) * TANK_ML
    return State(
        at=at,
        tank_ml=tank_ml,
        pumped_ml=before.pumped_ml + pumped_ml,
        drawn_ml=before.drawn_ml + drawn_ml,
        last_drawn_ml=drawn_ml,
        pump=is_wanted and trouble.has_power,
        depth_m=_depth(before, every_ms),
        began=before.began,
    )


def values(state: State, every_ms: int, seed: int, offset_ms: int) -> dict[str, float]:
    """What the sensors show, rounded as they would."""
    local_h = (state.at + offset_ms) % DAY_MS / 3_600_000
    warmth = math.sin((local_h - 9) / 24 * math.tau)
    numbers = (
        round(state.tank_ml / 1e6 / TANK_AREA_M2, 3),
        round(state.tank_ml / 1000, 1),
        round(26.5 + 2.5 * warmth + 0.2 * _noise(seed, state.at, "temperature"), 2),
        round(0.42 - 0.06 * warmth + 0.02 * _noise(seed, state.at, "chlorine"), 2),
        float(state.pump),
        round(9.2 + 0.3 * _noise(seed, state.at, "current"), 2) if state.pump else 0.0,
        round(state.depth_m, 2),
        round(state.pumped_ml / 1000, 1),
        round(state.last_drawn_ml / 1000 * MINUTE_MS / every_ms, 1),
        round(state.drawn_ml / 1000, 1),
    )
    return dict(zip(POINTS, numbers, strict=True))


def load_points(count: int) -> list[str]:
    return [f"load-{n // 10 + 1}/value-{n % 10 + 1}" for n in range(count)]


def load_value(place: int, at: int) -> float:
    """Unique for each load point and tick, so that a swapped reading shows in sums."""
    return round(at / 1000 + place / 1_000_000, 6)


def _demand(local_ms: int, seed: int) -> float:
    hour = local_ms % DAY_MS / 3_600_000
    peaks = sum(height * math.exp(-(((hour - at) / spread) ** 2)) for at, spread, height in PEAKS)
    day = 1 + 0.15 * _noise(seed, local_ms // DAY_MS, "day")
    quarter = 1 + 0.25 * _noise(seed, local_ms // (15 * MINUTE_MS), "quarter")
    return (BASE_DEMAND + peaks) * day * quarter * (1 + 0.1 * _noise(seed, local_ms, "taps"))


def _depth(before: State, every_ms: int) -> float:
    target, constant_s = (PUMPED_DEPTH_M, DRAWDOWN_S) if before.pump else (REST_DEPTH_M, RECOVERY_S)
    return before.depth_m + (target - before.depth_m) * (1 - math.exp(-every_ms / 1000 / constant_s))


def _noise(seed: int, moment: int, what: str) -> float:
    """-1..1, the same for the same arguments in every process."""
    digest = hashlib.blake2b(f"{seed} {moment} {what}".encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**55 - 1
