"""Who is told what now: one message per person and site. Given what is known and the time; keeps nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from cloud.alerting.item import Item, Line, What, channels, going_out, in_step, ways
from cloud.alerting.receiver import Receiver
from cloud.alerting.subject import Subject
from cloud.alerting.suppress import Mute, Reason
from protocol.hours import Offset
from protocol.rule import Severity


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    group_wait: int = 30_000  # ms, as all here
    correlate_wait: int = 120_000  # a silence waits for what may explain it
    repeat_every: int | None = 14_400_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a person was told last of an alert, also at the gateway."""

    person: str
    alert: str
    severity: Severity  # the highest they heard of
    at: int
    channels: tuple[str, ...]  # none: at the gateway
    ended: bool = False  # they know that it is over


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """How the alerts of a site stand for one person: what is new, and what goes on."""

    person: str
    channels: tuple[str, ...]
    lines: tuple[Line, ...]


class Decision(msgspec.Struct, frozen=True):
    """Why a person is not told of an alert now."""

    alert: str
    person: str  # "": nobody is
    reason: Reason
    until: int | None = None  # None: until something changes


class Plan(msgspec.Struct, frozen=True):
    messages: list[Message]
    decisions: list[Decision]
    next_at: int | None  # when to ask again if nothing happens; None: no need
    nobody_told: list[str]  # critical alerts that none of the people can receive


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """All that matters now about the alerts of one site."""

    subjects: Sequence[Subject]
    mutes: Mapping[str, Mute]  # by alert
    receivers: Sequence[Receiver]
    last_resort: Receiver | None
    told: Collection[Told]
    unreached: Collection[tuple[str, str]] = ()  # (person, alert): no message of theirs went through
    timing: Timing
    offset: Offset


_Kept = tuple[str, Reason, int | None]  # an alert that is not told now, why, until when


class _Audience(msgspec.Struct, frozen=True):
    """People who listen in the same way and have heard the same: what holds for one holds for all."""

    people: list[str]
    receivers: list[Receiver]  # of one of them
    told: dict[str, Told]  # to one of them, by alert


def plan(site: Site, now: int) -> Plan:
    """The messages that are due, and why all else is not sent."""
    nobody_told = [one.alert for one in site.subjects if _is_lost(site, one)]
    messages, decisions = [], list(_muted(site))
    for audience in _audiences(site):
        items, kept = _items(site, audience, set(nobody_told), now)
        sent = going_out(items, now)
        said = {one.line.alert for one in sent}
        kept += [(one.line.alert, one.held_by, one.due) for one in items if one.line.alert not in said]
        lines, channels = tuple(one.line for one in sent), ways(sent, site.offset, now)
        for person in audience.people:
            messages += [Message(person=person, channels=channels, lines=lines)] if sent else []
            decisions += [Decision(alert, person, reason, until) for alert, reason, until in kept]
    times = {one.until for one in decisions if one.until is not None and one.until > now}
    return Plan(messages, decisions, min(times, default=None), nobody_told)


def _items(
    site: Site, audience: _Audience, nobody_told: set[str], now: int
) -> tuple[list[Item], list[_Kept]]:
    """What there is to tell, and what they do not want or need to hear."""
    is_subscribed = any(one is not site.last_resort for one in audience.receivers)
    items, kept = list[Item](), list[_Kept]()
    for subject in site.subjects:
        matching = _matching(site, audience.receivers, subject, nobody_told)
        found = _item(site, matching, subject, audience.told.get(subject.alert), now)
        if isinstance(found, Item):
            items.append(found)
        elif found and (is_subscribed or matching):
            kept.append((subject.alert, found, None))
    return in_step(items, site.offset, now), kept


def _is_lost(site: Site, subject: Subject) -> bool:
    return (
        subject.severity is Severity.CRITICAL
        and subject.ended_at is None
        and subject.alert not in site.mutes
        and not any(_reaches(site, one, subject) for one in site.receivers)
    )


def _reaches(site: Site, one: Receiver, subject: Subject) -> bool:
    """Whether they hear of it, as far as anybody knows."""
    return (
        bool(one.channels)
        and one.minimum.rank <= subject.severity.rank
        and (one.person, subject.alert) not in site.unreached
    )


def _muted(site: Site) -> Iterator[Decision]:
    """What nobody hears of. Of a late one only if nobody had heard of it in time."""
    heard = {one.alert for one in site.told}
    for alert, mute in site.mutes.items():
        if mute.reason is not Reason.LATE or alert not in heard:
            yield Decision(alert, "", mute.reason, mute.until)


def _audiences(site: Site) -> Collection[_Audience]:
    """Everybody who may be told, or was, once."""
    receivers, told = defaultdict[str, list[Receiver]](list), defaultdict[str, dict[str, Told]](dict)
    for receiver in [*site.receivers, *([site.last_resort] if site.last_resort else [])]:
        receivers[receiver.person].append(receiver)
    for one in site.told:
        told[one.person][one.alert] = one
    alike: dict[bytes, _Audience] = {}
    for person in dict.fromkeys([*receivers, *told]):
        audience = _Audience([], receivers[person], told[person])
        alike.setdefault(_likeness(site, audience), audience).people.append(person)
    return alike.values()


def _likeness(site: Site, audience: _Audience) -> bytes:
    """The same for people for whom the same holds."""
    listens = [(one.minimum, one.hours, one.channels, one is site.last_resort) for one in audience.receivers]
    heard = sorted(
        (one.alert, one.severity, one.at, one.channels, one.ended) for one in audience.told.values()
    )
    return msgspec.msgpack.encode((listens, heard))


def _matching(
    site: Site, receivers: list[Receiver], subject: Subject, nobody_told: set[str]
) -> list[Receiver]:
    return [
        one
        for one in receivers
        if one.channels
        and one.minimum.rank <= subject.severity.rank
        and (one is not site.last_resort or subject.alert in nobody_told)
    ]


def _item(
    site: Site, receivers: list[Receiver], subject: Subject, known: Told | None, now: int
) -> Item | Reason | None:
    """What there is to tell, or why there is nothing; None: it is no matter of theirs, or of anybody's."""
    if subject.ended_at is not None:
        return _ended(site, receivers, subject, known) if known and not known.ended else None
    if subject.alert in site.mutes:
        return None
    if not receivers:
        return Reason.FILTERED
    if known is None or subject.severity.rank > known.severity.rank:
        return _news(site, receivers, subject, What.ROSE if known else What.FIRES, now)
    if subject.is_acknowledged or site.timing.repeat_every is None:
        return Reason.ALREADY_TOLD
    line, due = Line(subject.alert, What.STILL_FIRES), known.at + site.timing.repeat_every
    return Item(line, subject.severity, due, receivers, (), Reason.ALREADY_TOLD, joins=True)


def _ended(site: Site, receivers: list[Receiver], subject: Subject, known: Told) -> Item:
    """To exactly those who were told, where they were told; at the gateway: where they listen."""
    due = (subject.ended_at or 0) + site.timing.group_wait
    ways = known.channels or channels(receivers)
    return Item(Line(subject.alert, What.ENDED), subject.severity, due, [], ways, Reason.GROUPED, joins=True)


def _news(site: Site, receivers: list[Receiver], subject: Subject, what: What, now: int) -> Item:
    ready = subject.news_at + (site.timing.correlate_wait if subject.is_silence else site.timing.group_wait)
    due = min(one.told_at(subject.severity, max(ready, now), site.offset) for one in receivers)
    at_once = min(one.told_at(subject.severity, now, site.offset) for one in receivers) == now
    return Item(
        Line(subject.alert, what),
        subject.severity,
        due,
        receivers,
        (),
        Reason.GROUPED if due <= max(ready, now) else Reason.FILTERED,
        joins=at_once and not subject.is_silence,
    )
