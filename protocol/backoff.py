"""How long to wait before the next try. The one back-off of the whole system."""

import random
from collections.abc import Callable, Iterator
from email.utils import mktime_tz, parsedate_tz


def delays(
    first_s: float = 1.0, longest_s: float = 300.0, chance: Callable[[], float] = random.random
) -> Iterator[float]:
    """Waits in seconds, for ever: each between half and all of a span that doubles up to `longest_s`.

    The jitter keeps a thousand gateways from coming back in the same second.
    """
    span = first_s
    while True:
        yield span * (0.5 + 0.5 * chance())
        span = min(span * 2, longest_s)


def retry_after_s(header: str, now_s: float) -> float | None:
    """Seconds that an HTTP server asks to wait: the header names them, or a date; None: neither."""
    if header.strip().isascii() and header.strip().isdecimal():
        return float(header)
    date = parsedate_tz(header)
    try:
        return max(0.0, mktime_tz(date) - now_s) if date else None
    except (ValueError, OverflowError):  # it looks like a date, and is none
        return None
