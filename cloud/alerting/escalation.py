"""Who is next when nobody acknowledges. The minutes do not run during maintenance."""

from collections.abc import Iterable, Sequence

import msgspec

Span = tuple[int, int]  # from, to, ms UTC


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    after_s: float  # between two steps
    steps: list[str]  # people, in their order; the first is told by the routes


def reached(escalation: Escalation, told_at: int, now: int, paused: Iterable[Span]) -> Sequence[str]:
    """Those who must have been told by now of an alert that nobody has acknowledged."""
    passed = now - told_at - sum(_overlap(span, (told_at, now)) for span in _joined(paused))
    steps = int(passed / (escalation.after_s * 1000)) + 1
    return escalation.steps[:steps] if passed >= 0 else []


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap, as one: a minute stands still once."""
    joined: list[Span] = []
    for since, until in sorted(spans):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return joined


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
