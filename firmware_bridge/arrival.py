"""When what came without a time arrived: no two of one origin at once, a point has one value at a time."""

SET_BACK_MS = 1_000  # a clock that was set back by more than this is followed


def arrival(now: int, before: int) -> int:
    """`now`, or a millisecond after the one `before`; all in ms UTC."""
    return before + 1 if before - SET_BACK_MS < now <= before else now
