"""What transitions make of alerts: fold, join, and the row that people see. Pure: given the time."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from cloud.store.alerts import FIRING, RESOLVED, AlertRow
from cloud.store.transitions import Member, Place
from protocol.fold import Folded, Joined, join


class Told(msgspec.Struct, frozen=True):
    """An alert as one judge tells it by all transitions that are known, and whose judge that is."""

    folded: Folded
    gateway_id: str
    epoch: str


class Named(msgspec.Struct, frozen=True):
    """What an alert takes from its rule and its point; "": not known here."""

    kind: str = ""
    unit: str = ""


class Changes(msgspec.Struct, frozen=True):
    """What is to be written."""

    alerts: list[AlertRow]
    members: list[Member]
    replaced: dict[str, str]  # alerts that are part of another one now
    moved: list[tuple[str, str]]  # members whose alert is another one now

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            self.alerts + other.alerts,
            self.members + other.members,
            self.replaced | other.replaced,
            self.moved + other.moved,
        )


def changes(
    place: Place,
    known: Collection[Member],
    rows: Mapping[str, AlertRow],
    told: Sequence[Told],
    named: Named,
    now: int,
) -> Changes:
    """Of one rule on one point. `known`: its members near in time; `rows`: the alerts that they are in."""
    there = {one.id: one for one in known}
    members = there | {one.folded.id: _member(place, one, there.get(one.folded.id)) for one in told}
    touched = {one.folded.id for one in told}
    made = Changes([], [], {}, [])
    for joined in join(one.folded for one in members.values()):
        ids = [one.id for one in joined.members]
        before = _before(joined, [members[key].alert_id for key in ids], rows)
        if touched.isdisjoint(ids) and before and all(members[key].alert_id == joined.id for key in ids):
            continue
        newest = members[joined.newest.id]
        made.alerts.append(_row(place, joined, newest, before, named, now))
        made.members.extend(msgspec.structs.replace(members[key], alert_id=joined.id) for key in ids)
        made.moved.extend((key, joined.id) for key in ids if members[key].alert_id not in ("", joined.id))
    kept = {one.id for one in made.alerts} | {
        one.alert_id for one in members.values() if one.id not in {member.id for member in made.members}
    }
    became = {members[one.id].alert_id: one.alert_id for one in reversed(made.members)}
    made.replaced.update({old: new for old, new in became.items() if old and old not in kept})
    return made


def forgotten(row: AlertRow, member: Member, now: int) -> tuple[AlertRow, Member]:
    """A birth of a later epoch did not list it: nobody watches it any more, and that is no recovery."""
    gone = msgspec.structs.replace(member, forgotten_at=now)
    return msgspec.structs.replace(row, stale=row.stale or row.member_id == member.id), gone


def _member(place: Place, one: Told, before: Member | None) -> Member:
    return Member(
        id=one.folded.id,
        alert_id=before.alert_id if before else "",
        organisation_id=place.organisation_id,
        site_id=place.site_id,
        gateway_id=one.gateway_id,
        epoch=one.epoch,
        rule_id=one.folded.rule,
        point=one.folded.point,
        folded=one.folded,
        forgotten_at=None,
    )


def _before(joined: Joined, ids: Iterable[str], rows: Mapping[str, AlertRow]) -> AlertRow | None:
    """The row that was this alert's until now; of several the oldest."""
    if joined.id in rows:
        return rows[joined.id]
    there = [rows[key] for key in ids if key in rows]
    return min(there, key=lambda one: (one.received_at, one.id), default=None)


def _row(
    place: Place, joined: Joined, newest: Member, before: AlertRow | None, named: Named, now: int
) -> AlertRow:
    told = joined.newest
    is_over = joined.ended_at is not None
    return AlertRow(
        id=joined.id,
        organisation_id=place.organisation_id,
        member_id=newest.id,
        site_id=place.site_id,
        gateway_id=newest.gateway_id,
        rule_id=told.rule,
        rule_version=told.rule_version,
        kind=named.kind,
        point=told.point,
        severity=joined.severity,
        state=RESOLVED if is_over else FIRING,
        stale=not is_over and (told.stale or newest.forgotten_at is not None),
        reason=told.reason,
        began=joined.began,
        fired_at=min(one.fired_at for one in joined.members),
        learned_at=min(one.learned_at for one in joined.members),
        received_at=before.received_at if before else now,
        seen_at=max(one.seen_at for one in joined.members),
        ended_at=joined.ended_at,
        value=told.value,
        limit=told.limit,
        unit=named.unit,
        counter=told.counter,
        paged_by=told.paged_by,
        occurrences=sum(one.occurrences for one in joined.members),
        news_at=before.news_at if before and not _is_news(before, joined) else now,
        over_at=(before.over_at if before and before.over_at else now) if is_over else None,
        true_began=before.true_began if before else None,
        muted_by=before.muted_by if before else None,
    )


def _is_news(before: AlertRow, joined: Joined) -> bool:
    """It fired, was reopened or rose since."""
    told = joined.newest
    if joined.severity.rank > before.severity.rank:
        return True
    return before.member_id == told.id and told.paged_by > before.paged_by
