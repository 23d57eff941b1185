"""What /api/v1 says of who is told, and when nobody is. Times are ms UTC."""

import msgspec

from protocol.hours import Hours
from protocol.rule import Severity


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    site_id: int | None  # null: every site
    site: str
    device: str  # "": every one
    point: str  # device/metric; "": every one
    rules: list[str]  # ids; none: every rule
    ceiling: Severity | None  # the highest severity that is kept quiet; null: all
    since: int
    until: int  # of the first time, where it repeats
    weekly: bool
    reason: str
    by: str
    at: int
    ended_at: int | None  # null: it was not ended early
    open_until: int | None  # null: it is not open now
    next_at: int | None  # when it opens next; null: no more
    effect: str  # in words


class MaintenanceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Open ones first, then those to come, then the past."""

    server_time: int
    items: list[MaintenanceWindow]


class PersonAddress(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    channel: str  # a name of ChannelKind
    value: str
    verified_at: int | None  # null: no test message reached it yet


class PersonTold(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    language: str
    away_from: int | None
    away_to: int | None
    deputy_id: int | None
    addresses: list[PersonAddress]


class AlertRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A person subscribes."""

    id: int
    person_id: int
    site_id: int | None  # null: every site with these tags
    tags: dict[str, str]
    min_severity: Severity
    hours: Hours | None  # in the site's zone; null: always
    channels: list[str]  # none: every address of the person
    escalate_after_s: float | None  # without an acknowledgement; null: never
    next_id: int | None  # the route that is told then
    stand_by: bool  # told by escalation only
    sentence: str  # in words


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A way for messages to go out, as the server's settings name it."""

    name: str
    kind: str  # mail, webhook, apprise, log


class PeopleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    people: list[PersonTold]
    routes: list[AlertRoute]
    channels: list[Channel]
    last_resort_id: int | None  # told of a critical alert that nobody else can receive


class TestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    is_sent: bool
    is_delivered: bool  # it has arrived, not only been taken on
    answer: str  # what the provider said
