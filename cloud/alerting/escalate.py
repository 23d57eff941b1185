"""Who is told next of an alert that nobody has acknowledged. Pure: given what is known and the time."""

from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile

import msgspec

from cloud.alerting.audience import receiver, stand_ins
from cloud.alerting.maintenance import Span, covers, openings
from cloud.alerting.receiver import Receiver
from cloud.alerting.subject import Subject
from cloud.store.maintenance import Window
from cloud.store.notifications import Notification
from cloud.store.routes import People, Route
from protocol.hours import Offset

_AGAIN_MS = 60_000  # the minutes stood still for a while: how long is seen then


class Step(msgspec.Struct, frozen=True):
    """Whose turn it is."""

    alert: str
    receiver: Receiver


class Steps(msgspec.Struct, frozen=True):
    due: list[Step]
    passed_over: list[Step]  # whose turn it is too, but who is away alone, or has no address there
    next_at: int | None  # None: nobody is left


def steps(
    subjects: Iterable[Subject],
    covering: Sequence[Route],
    kept: People,
    sent: Sequence[Notification],
    windows: Sequence[Window],
    offset: Offset,
    now: int,
) -> Steps:
    """Of the alerts that are open, not acknowledged and not muted. `covering`: the routes of their site."""
    turn: list[Step] = []
    times: list[int] = []
    known = {one.id: one for one in kept.routes}
    for subject in subjects:
        for first in covering:
            told_at = _told_at(subject, stand_ins(kept, first.person_id), sent)
            if told_at is None or first.stand_by or first.escalate_after_s is None:
                continue
            if not _wants(first, subject):
                continue
            chain = _chain(first, known)
            paused = [
                span
                for window in windows
                if covers(window, subject)
                for span in takewhile(lambda span: span[0] < now, openings(window, told_at, offset))
            ]
            count = steps_due(first.escalate_after_s, told_at, now, paused)
            for one in chain[1:count]:
                if _wants(one, subject):
                    found = receiver(kept, one, now)
                    at = found.told_at(subject.severity, now, offset)
                    turn += [Step(subject.alert, found)] if at == now else []
                    times += [at] if at > now else []
            if count < len(chain):
                times.append(max(told_at + round(count * first.escalate_after_s * 1000), now + _AGAIN_MS))
    return Steps(
        [one for one in turn if one.receiver.channels],
        [one for one in turn if not one.receiver.channels],
        min(times, default=None),
    )


def _wants(route: Route, subject: Subject) -> bool:
    return route.min_severity.rank <= subject.severity.rank


def steps_due(after_s: float, told_at: int, now: int, paused: Iterable[Span]) -> int:
    """How many of a chain are to be told by now, the first at once. The minutes do not run while paused."""
    passed = now - told_at - sum(_overlap(span, (told_at, now)) for span in _joined(paused))
    return max(0, int(passed // (after_s * 1000)) + 1)


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


def _told_at(subject: Subject, people: Collection[int], sent: Iterable[Notification]) -> int | None:
    """When the first of these people was told of the alert as severe as it is now."""
    return min(
        (
            one.created_at
            for one in sent
            if one.alert_id == subject.alert
            and one.person_id in people
            and one.severity is subject.severity
            and not one.is_over
        ),
        default=None,
    )


def _chain(first: Route, known: dict[int, Route]) -> list[Route]:
    """The route and those after it; a circle was refused when it was saved."""
    chain = [first]
    while chain[-1].next_id in known and known[chain[-1].next_id] not in chain:
        chain.append(known[chain[-1].next_id])
    return chain
