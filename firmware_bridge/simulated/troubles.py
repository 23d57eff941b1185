"""What goes wrong in the community's first day, where trouble is wanted: by the time since it began. Pure.

The power fails and the pump stands; meanwhile a pipe breaks and drains the tank; a sensor dies for good.
"""

import msgspec

HOUR_MS = 3_600_000
DEAD = "oht-1/chlorine"

_POWER_CUT_H = (11.0, 15.0)
_LEAK_H = (11.5, 25.0)  # it is repaired an hour after the past has become now
_DEATH_H = 18.0
_LEAK_L_PER_MIN = 120.0


class Trouble(msgspec.Struct, frozen=True):
    """At one moment."""

    leak: float = 0.0  # L/min that nobody drinks
    has_power: bool = True
    is_dead: bool = False  # the sensor of DEAD reports faults


NONE = Trouble()


def trouble(since_ms: int) -> Trouble:
    """`since_ms`: after the first tick of all."""
    return Trouble(
        leak=_LEAK_L_PER_MIN if _is_within(since_ms, _LEAK_H) else 0.0,
        has_power=not _is_within(since_ms, _POWER_CUT_H),
        is_dead=since_ms >= _DEATH_H * HOUR_MS,
    )


def _is_within(since_ms: int, hours: tuple[float, float]) -> bool:
    return hours[0] * HOUR_MS <= since_ms < hours[1] * HOUR_MS
