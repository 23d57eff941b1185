"""Stored readings as a rule sees them, for whoever judges the past: late readings, previews. Pure."""

from protocol.judge import Sample

Stored = list[tuple[int, float | None, int]]  # at, value, quality; oldest first


def samples(stored: Stored, beside: Stored, oldest_ms: int) -> list[Sample]:
    """`beside`: of the second point that the rule looks at; its newest good value counts for so long."""
    good = [(at, value) for at, value, quality in beside if quality == 0 and value is not None]
    found: list[Sample] = []
    place = 0  # how many of the good ones are not newer
    for at, value, quality in stored:
        while place < len(good) and good[place][0] <= at:
            place += 1
        is_known = place > 0 and good[place - 1][0] >= at - oldest_ms
        found.append(Sample(at, value, quality, good[place - 1][1] if is_known else None))
    return found
