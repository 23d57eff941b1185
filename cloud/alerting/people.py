"""Who wants to hear of what, when and how; and who instead."""

from collections.abc import Iterator, Mapping

import msgspec

from protocol import hours
from protocol.hours import Hours, Offset
from protocol.rule import Severity

DIGEST = Hours("07:00", "08:00")  # what was not urgent at night is told when it begins


class Away(msgspec.Struct, frozen=True):
    since: int  # ms UTC
    until: int
    deputy: str = ""  # a person; "": nobody


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a person subscribes to."""

    site: str = ""  # "": all sites
    tags: dict[str, str] = {}  # of the sites; all of them
    minimum: Severity = Severity.WARNING
    hours: Hours | None = None  # by the site's clocks; outside of them a digest, unless it is critical
    channels: list[str] = []

    def covers(self, site: str, tags: Mapping[str, str]) -> bool:
        return self.site in ("", site) and self.tags.items() <= tags.items()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str = ""
    language: str = "en"
    routes: list[Route] = []
    away: list[Away] = []


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who hears of alerts of one site, from a severity on."""

    person: str
    minimum: Severity
    hours: Hours | None
    channels: tuple[str, ...]

    def told_at(self, severity: Severity, at: int, offset: Offset) -> int:
        """At once, or with the next digest, or when their hours begin."""
        if severity is Severity.CRITICAL or self.hours is None:
            return at
        times = (self.hours, DIGEST)
        if any(hours.contains(one, at, offset) for one in times):
            return at
        return min(hours.next_start(one, at, offset) for one in times)


def receivers(people: Mapping[str, Person], site: str, tags: Mapping[str, str], now: int) -> list[Receiver]:
    """Everybody who may hear of alerts of a site now; a person may be listed for several routes."""
    return [
        Receiver(person=present, minimum=route.minimum, hours=route.hours, channels=tuple(route.channels))
        for person in people.values()
        for route in person.routes
        if route.channels and route.covers(site, tags)
        for present in _present(people, person, now)
    ]


def _present(people: Mapping[str, Person], person: Person, now: int) -> Iterator[str]:
    """The person, or who stands in; nobody where deputies go round in a circle."""
    asked = set()
    while person.id not in asked:
        asked.add(person.id)
        away = next((one for one in person.away if one.since <= now < one.until), None)
        if away is None:
            yield person.id
            return
        if away.deputy not in people:
            return
        person = people[away.deputy]
