"""Which entries of a channel: a set of their numbers, kept as ranges, for gaps come in runs. Pure."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import chain

import msgspec

Range = tuple[int, int]  # the first and the last


class Numbers(msgspec.Struct, frozen=True, array_like=True):
    ranges: tuple[Range, ...] = ()  # ascending, with numbers between them that are not in the set

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self.ranges, (number, number)) - 1
        # The range may begin at the number itself and be longer: it then stands one further.
        return any(first <= number <= last for first, last in self.ranges[max(0, place) : place + 2])

    def __or__(self, other: "Numbers") -> "Numbers":
        return _joined(chain(self.ranges, other.ranges))

    def __sub__(self, other: "Numbers") -> "Numbers":
        kept: list[Range] = []
        holes = iter(other.ranges)
        hole = next(holes, None)
        for first, last in self.ranges:
            while hole and hole[1] < first:
                hole = next(holes, None)
            while hole and hole[0] <= last:
                kept += [(first, hole[0] - 1)] if first < hole[0] else []
                first = hole[1] + 1
                if first > last:
                    break  # the hole may reach into the next range
                hole = next(holes, None)
            kept += [(first, last)] if first <= last else []
        return Numbers(tuple(kept))

    def __and__(self, other: "Numbers") -> "Numbers":
        return self - (self - other)

    def __str__(self) -> str:
        """How many, then which: what is cut off at the end matters least."""
        count = sum(last - first + 1 for first, last in self.ranges)
        which = (f"{first}" if first == last else f"{first}-{last}" for first, last in self.ranges)
        return f"{count} entries: {', '.join(which)}"

    def newest(self, limit: int) -> "Numbers":
        """Of the last `limit` ranges."""
        return Numbers(self.ranges[-limit:])


def numbers(found: Iterable[int]) -> Numbers:
    return _joined((number, number) for number in found)


def between(low: int, high: int) -> Numbers:
    """Those above `low` up to `high`."""
    return Numbers(((low + 1, high),)) if low < high else Numbers()


def _joined(ranges: Iterable[Range]) -> Numbers:
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return Numbers(tuple(joined))
