"""Where the values of a point can't be compared: at a calibration's date, and where a counter went back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from protocol.reading import Origin

# Kinds of deriving, as origins name them, by what counts up without end: what it is derived of, or itself.
OF_COUNTERS = frozenset({"rate_from_total", "rate_from_pulses", "volume_from_pulses"})
COUNTERS = frozenset({"volume_from_pulses", "total_from_rate"})

_DEEPEST = 16  # derived of derived …: more is no real site's


class Breaks(msgspec.Struct, frozen=True):
    dates: tuple[int, ...] = ()  # ms UTC: from each on, a sensor was swapped, hung anew or calibrated anew
    counts: bool = False  # it never falls but by a reset or a replacement

    def is_between(self, before: int, at: int) -> bool:
        """Whether a date lies between two times of readings, ms."""
        return any(before < date <= at for date in self.dates)


UNBROKEN = Breaks()


def breaks(origins: Iterable[Origin]) -> dict[str, Breaks]:
    """Of the points of a site that have any: by what each is derived of, all the way down, and by what is
    derived of it."""
    by_point = {one.point: one for one in origins}
    dates: dict[str, set[int]] = defaultdict(set)
    for one in by_point.values():
        dates[one.of].update(one.calibrations)
        for below in _chain(by_point, one):
            dates[one.point].update(below.calibrations)
    counters = {one.of for one in by_point.values() if one.kind in OF_COUNTERS}
    counters |= {one.point for one in by_point.values() if one.kind in COUNTERS}
    return {point: Breaks(tuple(sorted(found)), point in counters) for point, found in dates.items()}


def _chain(by_point: Mapping[str, Origin], first: Origin) -> Iterator[Origin]:
    """What it is derived of, and that; what a gateway says may run in a circle."""
    one: Origin | None = first
    for _ in range(_DEEPEST):
        if one is None:
            return
        yield one
        one = by_point.get(one.of)
