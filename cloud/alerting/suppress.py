"""The reasons not to send, in their order. Given what is known and the time; every answer is recorded."""

import enum
from collections.abc import Collection, Iterable

import msgspec

from cloud.alerting import maintenance
from cloud.alerting.subject import Subject
from cloud.store.acknowledgements import Shelf
from cloud.store.maintenance import Window
from protocol.hours import Offset


class Reason(enum.StrEnum):
    """The first that holds is the one that is recorded."""

    LATE = "late"  # it had ended before anybody could be told
    MAINTENANCE = "maintenance"
    SHELVED = "shelved"
    INHIBITED = "inhibited"
    FILTERED = "filtered"  # by the person: severity, hours, away
    ALREADY_TOLD = "already told"
    GROUPED = "grouped"  # it waits for others of its site


class Mute(msgspec.Struct, frozen=True):
    """Why nobody is told of an alert now."""

    reason: Reason
    by: str = ""  # the window, the person who shelved it, the parent's alert
    until: int | None = None  # None: until something changes


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that explains others: a gateway is offline, or a rule fires at many sites."""

    alert: str
    gateway: str = ""  # explains what the points of this one do
    rule: str = ""  # explains this rule's alerts
    sites: frozenset[str] = frozenset()  # at these
    ended_at: int | None = None  # None: it is open

    def explains(self, subject: Subject) -> bool:
        if subject.alert == self.alert:
            return False
        if self.gateway:
            return subject.gateway == self.gateway
        return subject.rule == self.rule and subject.site in self.sites


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that may silence the alerts of one site."""

    windows: Collection[Window] = ()
    shelves: Collection[Shelf] = ()
    parents: Collection[Parent] = ()  # open ones, and those that a child has not been heard since


def mute(subject: Subject, known: Known, now: int, offset: Offset) -> Mute | None:
    """The first reason to tell nobody; None: each person's own reasons are next."""
    if subject.ended_at is not None:
        return Mute(Reason.LATE)
    return (
        in_maintenance(subject, known.windows, now, offset)
        or _shelved(subject, known.shelves, now)
        or _inhibited(subject, known.parents)
    )


def in_maintenance(subject: Subject, windows: Iterable[Window], now: int, offset: Offset) -> Mute | None:
    """By the window over it that is open longest."""
    closing = [
        Mute(Reason.MAINTENANCE, str(window.id), until)
        for window in windows
        if maintenance.covers(window, subject)
        and (until := maintenance.open_until(window, now, offset)) is not None
    ]
    return max(closing, key=lambda one: (one.until or 0, one.by), default=None)


def _shelved(subject: Subject, shelves: Iterable[Shelf], now: int) -> Mute | None:
    holding = [one for one in shelves if one.alert_id == subject.alert and one.at <= now < one.until]
    newest = max(holding, key=lambda one: one.at, default=None)
    return Mute(Reason.SHELVED, newest.by, newest.until) if newest else None


def _inhibited(subject: Subject, parents: Iterable[Parent]) -> Mute | None:
    """Once the parent has ended, a reading from after that decides about the child."""
    for parent in parents:
        if parent.explains(subject) and (parent.ended_at is None or subject.heard_at <= parent.ended_at):
            return Mute(Reason.INHIBITED, parent.alert)
    return None
