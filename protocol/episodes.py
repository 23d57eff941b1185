"""History: when a rule held on a point, by its samples alone. In any order, or twice, they give the same."""

from collections.abc import Iterable, Sequence
from itertools import count

import msgspec

from protocol.fold import fold, merge
from protocol.hours import DAY
from protocol.judge import Sample
from protocol.rule import Severity
from protocol.terms import Terms
from protocol.watch import observe, tick
from protocol.watched import Watch

LATE_HORIZON = DAY  # older samples are stored, not judged

_NEVER_LATE = 2**62  # ms


class Episode(msgspec.Struct, frozen=True):
    began: int  # event time, as all here: the first sample that raised
    fired_at: int
    ended_at: int | None  # None: not by the last sample
    severity: Severity  # the highest


def episodes(
    terms: Terms, samples: Iterable[Sample], until: int, horizon: int = LATE_HORIZON
) -> list[Episode]:
    """Those of a point within the horizon before `until`; a later answer replaces this one."""
    rule = msgspec.structs.replace(terms, late_after=_NEVER_LATE, cooldown=0)
    watch, told, ids = Watch(listening_since=until - horizon), [], count()
    for sample in sorted(set(samples), key=_order):
        if until - horizon <= sample.at <= until:
            watch, more = observe(rule, watch, sample, sample.at, lambda: f"{next(ids):09}")
            told += more
    told += tick(rule, watch, until, until, lambda: f"{next(ids):09}")[1]
    transitions = merge({}, told)
    return [
        Episode(alert.began, alert.fired_at, alert.ended_at, alert.severity)
        for alert in fold(transitions).values()
    ]


def true_began(history: Sequence[Episode], fired_at: int) -> int:
    """When that began which fired at a time: late samples may show that it was long before."""
    return min((one.began for one in history if _spans(one, fired_at)), default=fired_at)


def _spans(episode: Episode, at: int) -> bool:
    return episode.began <= at and (episode.ended_at is None or at < episode.ended_at)


def _order(sample: Sample) -> tuple[object, ...]:
    """By time; of two that claim one time a good one, and else any, as long as it is always the same."""
    return sample.at, sample.quality, sample.value or 0.0, sample.beside or 0.0
