"""How long to wait before the next try. The one back-off of the whole system."""

import random
from collections.abc import Callable, Iterator


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
