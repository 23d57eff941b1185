"""What /api/v1 says of alerts and of what was told of them. Times are ms UTC."""

from typing import Literal

import msgspec

from cloud.api.shapes import Point, Site
from protocol.rule import Severity

EntryKind = Literal["transition", "acknowledged", "taken back", "shelved", "not told", "told"]
DeliveryState = Literal["queued", "sending", "sent", "delivered", "retry", "dead", "superseded"]


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    at: int
    until: int | None  # null: until it resolves or rises
    note: str  # "": none
    gateway_id: str  # where it was made; "": in the cloud


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    at: int
    until: int


class InMaintenance(msgspec.Struct, frozen=True, kw_only=True):
    window_id: int
    until: int  # of this time, where it repeats
    reason: str


class Muted(msgspec.Struct, frozen=True, kw_only=True):
    """By an alert that explains this one."""

    alert_id: str
    rule: str  # its name: "Gateway offline"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    site_id: int | None  # null: of an area or of several sites
    site: str  # its name; "": of several
    zone: str  # in which its times are shown
    gateway_id: str  # "": judged by the cloud
    rule_id: str
    rule_version: int  # the one that fired
    rule: str  # its name
    kind: str  # of the rule; "": it is not known here
    point: str  # device/metric; of a gateway that is offline its id; region=… of an area
    point_id: int | None  # null: it is no point
    severity: Severity  # the highest that it had
    state: Literal["firing", "resolved"]
    stale: bool  # its point is silent
    reason: str  # of its newest transition
    began: int  # event time, with late readings
    learned_at: int  # the judge's clock
    received_at: int  # the cloud's clock
    is_late: bool  # reported late: more than ten minutes after it began to fire
    fired_at: int
    ended_at: int | None
    value: float | None  # judged last; null: silence
    limit: float | None  # null: the rule compares no value
    unit: str
    counter: int  # to be sent back with an acknowledgement: this much was seen
    occurrences: int
    acknowledged: Acknowledged | None
    shelved: Shelved | None
    maintenance: InMaintenance | None
    muted_by: Muted | None
    nobody_told: bool  # it is critical, and there was nobody to tell


class AlertCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Of the open ones, whatever the list is filtered by."""

    open: int
    critical: int
    warning: int
    info: int
    acknowledged: int
    shelved: int


class AlertsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Open ones worst first, then as they began; ended ones the newest end first, with `next`."""

    server_time: int
    items: list[Alert]
    next: str | None  # cursor of the next page of the history; null: there is none
    counts: AlertCounts


class DeliveryTry(msgspec.Struct, frozen=True, kw_only=True):
    at: int
    channel: str
    outcome: str  # sent, delivered, retry, dead
    answer: str  # what the provider said
    parts: int  # of an SMS; else 0


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What one person was told on one channel, and what became of it."""

    id: int
    alert_id: str | None  # null: a test, or a digest of several
    site_id: int | None
    occasion: str  # page, resolve, repeat, escalation, catch_up, test
    is_over: bool  # it tells that the alert is over
    severity: Severity
    person_id: int
    person: str
    channel: str
    state: DeliveryState
    carried_by: int | None  # the delivery whose message tells this too
    subject: str  # "": it is in the message that carries it
    created_at: int
    due_at: int | None  # of the next try; null: a test
    sent_at: int | None
    tries: list[DeliveryTry]


class DeliveriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    server_time: int
    items: list[Delivery]
    next: str | None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an alert; what does not belong to its kind is null or ""."""

    at: int
    kind: EntryKind
    reason: str  # transition: fired, rose, cleared …; not told: maintenance, shelved, inhibited …
    severity: Severity | None  # transition
    value: float | None  # transition
    by: str  # who acknowledged or shelved; who was not told ("": nobody was)
    until: int | None  # acknowledged, shelved
    note: str  # of the acknowledgement; what kept it quiet: a window, a parent …
    delivery: Delivery | None  # told


class AlertAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    alert: Alert
    sentence: str  # the rule in words, in the version that fired; "": it is not known here
    to_do: str  # what the rule's author wrote
    point: Point | None  # with its value now; null: the alert is of no point
    site: Site | None
    aliases: list[str]  # other ids under which judges told it
    timeline: list[TimelineEntry]  # oldest first
