"""One rate limit per host, whoever in this process asks it: ten channels of one server take turns."""

import asyncio

GAP_S = 0.1  # between two requests to a host
LONGEST_HOLD_S = 3600.0


class Pace:
    """When a host may be asked next, in seconds on the caller's clock."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def reserve(self, now: float) -> float:
        """Take the next turn; how long to wait for it."""
        turn = max(now, self._free_at)
        self._free_at = turn + GAP_S
        return turn - now

    def hold(self, now: float, wait_s: float) -> None:
        """The host asked to be left alone."""
        self._free_at = max(self._free_at, now + min(wait_s, LONGEST_HOLD_S))


# The one state that sources share, for a host counts requests and not who sent them. As many as hosts named.
_PACES: dict[str, Pace] = {}


def pace_of(host: str) -> Pace:
    return _PACES.setdefault(host, Pace())


async def turn(host: str) -> None:
    """Wait until this host may be asked again."""
    await asyncio.sleep(pace_of(host).reserve(asyncio.get_running_loop().time()))
