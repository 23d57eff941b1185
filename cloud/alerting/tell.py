"""Who is told of the alerts of a place: decided again whenever something changed or is due.

What was decided before is read from the notifications, so to decide twice tells nobody twice.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import audience, escalate, gather, messages
from cloud.alerting.gather import TIMING, Situation
from cloud.alerting.naming import GATEWAY_OFFLINE
from cloud.alerting.quiet import sites_of
from cloud.alerting.route import Decision, Message, Plan, plan
from cloud.alerting.subject import Subject
from cloud.alerting.suppress import Reason
from cloud.store import alerts, notifications, rules, sites, timers, transitions
from cloud.store.notifications import Decision as KeptDecision
from cloud.store.notifications import Notification
from cloud.store.sites import SiteRow
from cloud.store.timers import DECIDE, Timer
from cloud.store.transitions import Place

NOBODY_TOLD = "nobody told"  # a critical alert that nobody can receive, and there is no last resort
LOCKED_MS = 1_000  # somebody else is at the place: try again


class Settled(msgspec.Struct, frozen=True):
    """What came of deciding once."""

    next_at: int | None  # when to decide again if nothing happens; None: no need
    changed: set[str]  # alerts of which more is known now


async def touch(connection: AsyncConnection, organisation_id: int, site_id: int | None, now: int) -> None:
    """Something changed that matters to who is told there: decide again at once."""
    await _decide_at(connection, Place(organisation_id, site_id), now)


async def touch_all(connection: AsyncConnection, organisation_id: int, now: int) -> None:
    """The same for every site of an organisation that has alerts to tell of: routes or people changed."""
    for site_id in await alerts.unsettled_sites(connection, organisation_id):
        await touch(connection, organisation_id, site_id, now)


def place_of(subject: str) -> Place:
    """The place that a timer is about."""
    organisation, _, site = subject.partition(" ")
    return Place(int(organisation), int(site) if site else None)


async def decide(connection: AsyncConnection, place: Place, now: int) -> set[str]:
    """Tell what is to be told now, keep why all else is not, and set the timer for when to ask again.

    Returns the alerts of which more is known now: they were told, or are muted otherwise than before.
    """
    if not await transitions.lock(connection, place):
        await _decide_at(connection, place, now + LOCKED_MS)
        return set()
    if place.site_id is None:
        settled = await _above_sites(connection, place, now)
    else:
        settled = await _at_site(connection, place.organisation_id, place.site_id, now)
    due = min((one.next_at for one in settled if one.next_at is not None), default=None)
    if due is not None:
        await _decide_at(connection, place, due)
    return {key for one in settled for key in one.changed}


async def _at_site(
    connection: AsyncConnection, organisation_id: int, site_id: int, now: int
) -> list[Settled]:
    at = await sites.find(connection, organisation_id, site_id)
    situation = await gather.of_site(connection, at, now) if at else None
    return [await _settle(connection, situation, [at], at.name, at.zone, now)] if at and situation else []


async def _above_sites(connection: AsyncConnection, place: Place, now: int) -> list[Settled]:
    settled = []
    rows = await alerts.unsettled(connection, place.organisation_id, None)
    listed = await sites.of_organisation(connection, place.organisation_id) if rows else []
    for row in rows:
        version = (row.rule_id, row.rule_version)
        bodies = await rules.bodies(connection, place.organisation_id, [version])
        concerned = sites_of(row, bodies.get(version), listed)
        is_area = row.rule_id == GATEWAY_OFFLINE
        name = row.point.partition("=")[2] if is_area else len(concerned)
        zone = concerned[0].zone if concerned else "UTC"
        situation = await gather.above_sites(connection, row, concerned, zone, now)
        settled.append(await _settle(connection, situation, concerned, name, zone, now))
    return settled


async def _settle(
    connection: AsyncConnection,
    situation: Situation,
    concerned: Sequence[SiteRow],
    name: str | int,
    zone: str,
    now: int,
) -> Settled:
    """Keep what is decided."""
    decided = plan(situation.site, now)
    worded = await messages.Wording.of(connection, situation, name, zone)
    sent = [
        row
        for message in decided.messages
        for row in await messages.send(connection, situation, worded, message, now)
    ]
    steps = _escalation(situation, concerned, [*situation.sent, *sent], now)
    for step in steps.due:
        await messages.escalate(connection, situation, worded, step, now)
    passed_over = [Decision(one.alert, one.receiver.person, Reason.FILTERED) for one in steps.passed_over]
    await _keep(connection, situation, decided, passed_over, now)
    changed = await _note_parents(connection, situation)
    await alerts.settle(connection, _over(situation, decided.messages))
    # Who is told now is told again after a while; the plan does not know yet that they are.
    repeat_at = now + TIMING.repeat_every if sent and TIMING.repeat_every else None
    times = (decided.next_at, steps.next_at, situation.recheck_at, repeat_at)
    changed |= {row.alert_id for row in sent if row.alert_id} | {step.alert for step in steps.due}
    return Settled(min((one for one in times if one is not None), default=None), changed)


def _escalation(
    situation: Situation, concerned: Sequence[SiteRow], sent: Sequence[Notification], now: int
) -> escalate.Steps:
    site = situation.site
    waiting: list[Subject] = [
        one
        for one in site.subjects
        if one.ended_at is None and not one.is_acknowledged and one.alert not in site.mutes
    ]
    covering = {
        route.id: route for at in concerned for route in audience.covering(situation.people, at.id, at.tags)
    }
    return escalate.steps(
        waiting,
        list(covering.values()),
        situation.people,
        sent,
        list(situation.known.windows),
        site.offset,
        now,
    )


async def _keep(
    connection: AsyncConnection,
    situation: Situation,
    decided: Plan,
    passed_over: Sequence[Decision],
    now: int,
) -> None:
    """Each reason once for an alert as it stands."""
    made = [_kept(situation, one, now) for one in (*decided.decisions, *passed_over)]
    last, unreached = situation.site.last_resort, situation.site.unreached
    lost = [
        Decision(key, "", Reason.FILTERED)
        for key in decided.nobody_told
        if last is None or not last.channels or (last.person, key) in unreached
    ]
    made += [msgspec.structs.replace(_kept(situation, one, now), reason=NOBODY_TOLD) for one in lost]
    known = await notifications.decisions_of(connection, situation.rows)
    there = {_same(one) for one in known}
    await notifications.decide(connection, [one for one in made if _same(one) not in there])


def _kept(situation: Situation, one: Decision, now: int) -> KeptDecision:
    row, mute = situation.rows[one.alert], situation.site.mutes.get(one.alert)
    return KeptDecision(
        organisation_id=row.organisation_id,
        alert_id=row.id,
        counter=row.paged_by,
        person_id=int(one.person) if one.person else None,
        reason=one.reason.value,
        detail=mute.by if mute and not one.person else "",
        at=now,
    )


def _same(one: KeptDecision) -> tuple[object, ...]:
    return one.alert_id, one.counter, one.person_id, one.reason, one.detail


async def _note_parents(connection: AsyncConnection, situation: Situation) -> set[str]:
    """So that pages can say which alert mutes which; the alerts of which that changed."""
    changed: set[str] = set()
    for row in situation.rows.values():
        mute = situation.site.mutes.get(row.id)
        parent = mute.by if mute and mute.reason is Reason.INHIBITED else None
        if parent != row.muted_by:
            await alerts.mute(connection, [row.id], parent)
            changed.add(row.id)
    return changed


def _over(situation: Situation, sent: Sequence[Message]) -> list[str]:
    """Alerts that are over, and everybody who was told of them knows it by now."""
    informed = {(one.person, line.alert) for one in sent for line in one.lines}
    waiting = {
        one.alert for one in situation.site.told if not one.ended and (one.person, one.alert) not in informed
    }
    return [key for key, row in situation.rows.items() if not row.is_open and key not in waiting]


async def _decide_at(connection: AsyncConnection, place: Place, at: int) -> None:
    site = "" if place.site_id is None else str(place.site_id)
    subject = f"{place.organisation_id} {site}"
    await timers.start_sooner(connection, Timer(DECIDE, subject, place.organisation_id, at))
