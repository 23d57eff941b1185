"""A transition as it leaves the gateway."""

import math

import msgspec

from edge_agent import clock
from protocol.messages import Transition


def travelling(one: Transition) -> Transition:
    """With what a wrong clock can be mended by, and no number that a message can't hold."""
    return msgspec.structs.replace(
        one,
        value=_finite(one.value),
        limit=_finite(one.limit),
        boot=clock.boot_id(),
        boot_ms=clock.boot_ms(),
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
