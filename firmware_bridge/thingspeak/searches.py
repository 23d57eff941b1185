"""When to look for skipped numbers. Pure; seconds on the caller's clock.

A channel whose numbers often jump must not be searched for them all the time: the link is metered. But what a
device brings that was offline for days need not wait for a day because the last search was in vain.
"""

FIRST_S, LONGEST_S = 3_600.0, 86_400.0  # between two searches; twice as long after each that found nothing


class Searches:
    def __init__(self) -> None:
        self._next_at = 0.0
        self._pause_s = FIRST_S
        self._is_one_free = True  # one search that need not wait, once between two that did

    def is_due(self, now: float) -> bool:
        return self._is_one_free or now >= self._next_at

    def searched(self, now: float, has_found: bool) -> None:
        waited = now >= self._next_at
        if has_found:
            self._pause_s = FIRST_S
        elif waited:
            self._pause_s = min(self._pause_s * 2, LONGEST_S)
        self._is_one_free = waited
        self._next_at = now + self._pause_s
