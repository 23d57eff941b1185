"""The cloud's clock, for the loops and the edges; everything else is given the time."""

import time


def clock() -> int:
    """Now, ms UTC."""
    return time.time_ns() // 1_000_000
