"""Who may hear of the alerts of a site, from the tables to what `route.plan` takes."""

from collections.abc import Iterable, Sequence

from cloud.alerting.receiver import Receiver
from cloud.alerting.route import Told
from cloud.store.notifications import Notification
from cloud.store.routes import Address, People, Route
from protocol.rule import Severity

SUPERSEDED = "superseded"
DEAD = "dead"
REPEAT = "repeat"
AT_GATEWAY = "the gateway"  # a channel that only gateways have: no name of one of ours has spaces


def receivers(kept: People, site_id: int, tags: dict[str, str], now: int) -> list[Receiver]:
    """Everybody who subscribes to the alerts of a site; a person may be listed for several routes."""
    return [receiver(kept, one, now) for one in covering(kept, site_id, tags) if not one.stand_by]


def receiver(kept: People, route: Route, now: int) -> Receiver:
    """Who hears of what a route asks for: its person, or who stands in for them, where they are reached.

    Without channels nobody hears of it: the person is away alone, or has no address there.
    """
    present = _present(kept, route.person_id, now)
    channels: list[str] = []
    if present is not None:
        channels = _channels(kept, present, route.channels)
        if present != route.person_id:  # who stands in did not choose the channels
            channels = channels or _channels(kept, present)
    return Receiver(
        person=str(route.person_id if present is None else present),
        minimum=route.min_severity,
        hours=route.hours,
        channels=tuple(channels),
    )


def last_resort(kept: People) -> Receiver | None:
    """Who hears of a critical alert that nobody else can receive."""
    if kept.last_resort_id not in kept.people:
        return None
    key = kept.last_resort_id
    return Receiver(
        person=str(key), minimum=Severity.CRITICAL, hours=None, channels=tuple(_channels(kept, key))
    )


def addresses_at(kept: People, person_id: int, channel: str) -> list[Address]:
    """Where the person is reached by a channel."""
    return [one for one in kept.addresses.get(person_id, ()) if one.channel == channel]


def stand_ins(kept: People, person_id: int) -> set[int]:
    """The person, and whoever may have been told in their place."""
    found: set[int] = set()
    key: int | None = person_id
    while key is not None and key not in found:
        found.add(key)
        key = kept.people[key].deputy_id
    return found


def covering(kept: People, site_id: int, tags: dict[str, str]) -> list[Route]:
    """The routes of a site, also those that stand by."""
    return [one for one in kept.routes if one.site_id in (None, site_id) and one.tags.items() <= tags.items()]


def told(sent: Iterable[Notification]) -> list[Told]:
    """What each person was told of each alert, by what was to be sent; oldest first."""
    known: dict[tuple[int, str], Told] = {}
    for one in sent:
        if one.alert_id is None or (one.state == SUPERSEDED and one.carried_by is None):
            continue
        before = known.get((one.person_id, one.alert_id))
        severities = (one.severity, before.severity) if before else (one.severity,)
        known[one.person_id, one.alert_id] = Told(
            person=str(one.person_id),
            alert=one.alert_id,
            severity=max(severities, key=lambda severity: severity.rank),
            at=max(one.created_at, before.at if before else 0),
            channels=tuple(dict.fromkeys((*(before.channels if before else ()), *_ours(one)))),
            ended=one.is_over,
        )
    return list(known.values())


def unreached(sent: Iterable[Notification]) -> set[tuple[str, str]]:
    """(person, alert) where no message of the newest page went through, and none will."""
    newest: dict[tuple[str, str], tuple[int, bool]] = {}
    for one in sent:
        if one.alert_id is None or one.is_over or one.occasion == REPEAT:
            continue
        key, dead = (str(one.person_id), one.alert_id), one.state == DEAD
        counter, all_dead = newest.get(key, (one.counter, True))
        if one.counter >= counter:
            newest[key] = one.counter, dead and (all_dead or one.counter > counter)
    return {key for key, (_, all_dead) in newest.items() if all_dead}


def _channels(kept: People, person_id: int, wanted: Sequence[str] = ()) -> list[str]:
    """Those of the wanted channels that reach the person; nothing wanted: all that do."""
    there = list(dict.fromkeys(one.channel for one in kept.addresses.get(person_id, ())))
    return [one for one in wanted if one in there] if wanted else there


def _ours(one: Notification) -> list[str]:
    return [] if one.channel == AT_GATEWAY else [one.channel]


def _present(kept: People, person_id: int, now: int) -> int | None:
    """The person, or who stands in; nobody where deputies go round in a circle."""
    asked: set[int] = set()
    key: int | None = person_id
    while key is not None and key not in asked:
        one = kept.people[key]
        if one.away_from is None or one.away_to is None or not one.away_from <= now < one.away_to:
            return key
        asked.add(key)
        key = one.deputy_id
    return None
