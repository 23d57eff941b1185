"""Who may hear of the alerts of a site, from the tables to what `route.plan` takes."""

from collections.abc import Iterable, Sequence

from cloud.alerting.receiver import Receiver
from cloud.alerting.route import Told
from cloud.store.notifications import Notification
from cloud.store.routes import Address, People, Route
from protocol.rule import Severity

SUPERSEDED = "superseded"
AT_GATEWAY = "the gateway"  # a channel that only gateways have: no name of one of ours has spaces


def receivers(kept: People, site_id: int, tags: dict[str, str], now: int) -> list[Receiver]:
    """Everybody who may hear of the alerts of a site now; a person may be listed for several routes."""
    return [
        Receiver(person=str(present), minimum=route.min_severity, hours=route.hours, channels=tuple(channels))
        for route in covering(kept, site_id, tags)
        if not route.stand_by
        and (channels := channels_of(kept, route.person_id, route.channels))
        and (present := _present(kept, route.person_id, now)) is not None
    ]


def last_resort(kept: People) -> Receiver | None:
    """Who hears of a critical alert that nobody else can receive."""
    if kept.last_resort_id not in kept.people:
        return None
    key = kept.last_resort_id
    return Receiver(
        person=str(key), minimum=Severity.CRITICAL, hours=None, channels=tuple(channels_of(kept, key))
    )


def channels_of(kept: People, person_id: int, wanted: Sequence[str] = ()) -> list[str]:
    """Those of the wanted channels that reach the person; nothing wanted: all that do."""
    there = list(dict.fromkeys(one.channel for one in kept.addresses.get(person_id, ())))
    return [one for one in wanted if one in there] if wanted else there


def address_of(kept: People, person_id: int, channel: str) -> Address | None:
    """Where the person is reached there; who stands in for somebody may lack that channel."""
    there = kept.addresses.get(person_id, ())
    return next((one for one in there if one.channel == channel), None)


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
