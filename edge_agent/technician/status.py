"""`evara-agent status`: one sentence, then numbers. Reads the outbox while the agent runs on it."""

import msgspec

from edge_agent import clock
from edge_agent.config import Config
from edge_agent.outbox.facts import OutboxFacts, ParkedFact, PointFact, RejectFact, read_facts
from edge_agent.technician import judging
from edge_agent.technician.judging import ActionStatus, AlertStatus, RulesStatus
from edge_agent.technician.phone import WIDTH, wrap
from edge_agent.technician.running import is_running
from protocol.breaker import State
from protocol.messages import Loss
from protocol.reading import FUTURE_MS, Quality

_POINTS_SHOWN = 12
_ALERTS_SHOWN = 12
_REJECTS_SHOWN = 3
LATELY_MS = 900_000  # a cloud that was heard so recently is reached
_MISSED = 2  # intervals until silence shows
_IRREGULAR_S = 3_600.0  # until it shows of a point whose source has no `interval_s`


class PointStatus(msgspec.Struct, frozen=True):
    name: str
    unit: str
    at: int | None  # ms UTC
    value: float | None
    quality: int
    state: str  # good, suspect, fault, stale, never


class SourceStatus(msgspec.Struct, frozen=True):
    name: str
    state: str  # of its breaker


class CloudStatus(msgspec.Struct, frozen=True):
    configured: bool
    link: str  # where it was last reached
    reached_at: int | None  # ms UTC; None: never
    trouble: str  # "": none


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints."""

    at: int  # ms UTC
    running: bool
    backlog: int  # readings without a receipt
    oldest_at: int | None
    parked: int
    losses: int
    rejects: int
    cloud: CloudStatus
    points: list[PointStatus]
    sources: list[SourceStatus]
    rules: RulesStatus
    alerts: list[AlertStatus]  # open ones
    actions: list[ActionStatus]
    newest_parked: list[ParkedFact]
    newest_losses: list[Loss]
    rejected: list[RejectFact]  # the newest first


def look(config: Config, as_json: bool) -> tuple[int, str]:
    """The exit code and what is printed. Raises OutboxError."""
    path, now = config.outbox.path, clock.now_ms()
    status = judge(config, read_facts(path, now), is_running(path), now)
    text = msgspec.json.encode(status).decode() if as_json else "\n".join(tell(status))
    return exit_code(status), text


def judge(config: Config, facts: OutboxFacts, running: bool, now: int) -> Status:
    """What the outbox's facts mean."""
    reached = facts.notes.get("reached_at")
    return Status(
        at=now,
        running=running,
        backlog=facts.queue.readings,
        oldest_at=facts.queue.oldest_at,
        parked=facts.queue.parked,
        losses=facts.losses_recorded,
        rejects=sum(reject.count for reject in facts.rejects),
        cloud=CloudStatus(
            configured=config.cloud is not None,
            link=facts.notes.get("link", ""),
            reached_at=int(reached) if reached else None,
            trouble=facts.notes.get("trouble", ""),
        ),
        points=[
            PointStatus(point.name, point.unit, point.at, point.value, point.quality, _state(point, now))
            for point in facts.points
        ],
        sources=[SourceStatus(source.name, _breaker(facts, source.name)) for source in config.sources],
        rules=judging.rules(facts),
        alerts=judging.alerts(facts),
        actions=judging.local_actions(facts, [action.name for action in config.actions], now),
        newest_parked=facts.parked,
        newest_losses=facts.losses,
        rejected=facts.rejects,
    )


def exit_code(status: Status) -> int:
    """2 nothing is recorded, 1 something needs a look, 0 fine."""
    if not status.running:
        return 2
    doubts = [
        status.parked,
        status.losses,
        status.cloud.configured and not _is_reached(status),
        any(source.state != State.CLOSED for source in status.sources),
        any(point.state in ("fault", "stale") for point in status.points),
        judging.is_in_doubt(status.rules, status.actions),
    ]
    return int(any(doubts))


def tell(status: Status) -> list[str]:
    """For people: at most 60 columns."""
    lines = wrap(_sentence(status))
    if status.cloud.trouble and not _is_reached(status):
        lines += wrap(f"Trouble: {status.cloud.trouble}")
    numbers = [
        ("backlog", status.backlog, f"oldest {age(status.oldest_at, status.at)}"),
        ("parked", status.parked, "batches the cloud can't read"),
        ("losses", status.losses, "recorded ranges that were not kept"),
        ("rejects", status.rejects, "rows that gave no reading"),
    ]
    lines += [f"{name:<9}{number:>7}  {note}" for name, number, note in numbers if number]
    lines += [line for found in status.newest_parked[:1] for line in wrap(f"parked last: {found.reason}")]
    lines += [line for loss in status.newest_losses[:1] for line in wrap(f"lost last: {loss.reason}")]
    lines += [line for row in status.rejected[:_REJECTS_SHOWN] for line in wrap(_reject_words(row))]
    lines += [f"source   {source.name[:30]}: {_breaker_words(source.state)}" for source in status.sources]
    lines += judging.rules_line(status.rules)
    lines += [
        judging.alert_line(alert, age(alert.began, status.at)) for alert in status.alerts[:_ALERTS_SHOWN]
    ]
    if len(status.alerts) > _ALERTS_SHOWN:
        lines.append(f"and {len(status.alerts) - _ALERTS_SHOWN} alerts more: --json lists all")
    lines += [judging.action_line(action) for action in status.actions]
    for point in status.points[:_POINTS_SHOWN]:
        lines.append(_point_line(point, status.at))
    if len(status.points) > _POINTS_SHOWN:
        lines.append(f"and {len(status.points) - _POINTS_SHOWN} points more: --json lists all")
    return [line[:WIDTH].rstrip() for line in lines]


def age(at: int | None, now: int) -> str:
    """How long ago, in one unit."""
    if at is None:
        return "never"
    if at - now > FUTURE_MS:
        return "ahead"  # of this clock
    seconds = max(0, now - at) // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def _sentence(status: Status) -> str:
    parts = ["Recording." if status.running else "Not running: nothing is recorded."]
    if not status.cloud.configured:
        parts.append("No cloud is configured.")
    elif status.cloud.reached_at is None:
        parts.append("Cloud never reached.")
    elif status.cloud.reached_at > status.at:
        parts.append("Cloud reached, but the clock was set back since.")
    else:
        parts.append(f"Cloud reached {age(status.cloud.reached_at, status.at)}.")
    parts.append(f"Backlog {status.backlog}.")
    counts = {
        state: sum(point.state == state for point in status.points)
        for state in ("good", "suspect", "fault", "stale", "never")
    }
    shown = ", ".join(
        f"{count} {state}" if i else f"{count} points {state}"
        for i, (state, count) in enumerate((s, c) for s, c in counts.items() if c)
    )
    parts.append(f"{shown or 'No points'}.")
    return " ".join(parts)


def _point_line(point: PointStatus, now: int) -> str:
    if point.at is None:
        return f"{point.name[:26]:<26} no value yet"
    value = "fault" if point.value is None else f"{point.value:.6g} {point.unit}"
    mark = "" if point.state == "good" else f"  {point.state}"
    return f"{point.name[:26]:<26} {value:<13} {age(point.at, now)}{mark}"


def _state(point: PointFact, now: int) -> str:
    if point.at is None:
        return "never"
    if now - point.at > _stale_after_ms(point.interval_s):
        return "stale"
    if point.quality & Quality.FAULT:
        return "fault"
    return "suspect" if point.quality & Quality.SUSPECT or point.at - now > FUTURE_MS else "good"


def _stale_after_ms(interval_s: float | None) -> float:
    return 1000 * (_IRREGULAR_S if interval_s is None else _MISSED * interval_s)


def _reject_words(found: RejectFact) -> str:
    where = f", last {found.where}" if found.where else ""
    return f"{found.source}: {found.count} x {found.reason}{where}"


def _breaker(facts: OutboxFacts, source: str) -> str:
    found = facts.breakers.get(source)
    return found.state if found else State.CLOSED


def _breaker_words(state: str) -> str:
    words = {
        State.CLOSED: "reads",
        State.OPEN: "fails, is tried again later",
        State.HALF_OPEN: "is tried again",
    }
    return words[State(state)]


def _is_reached(status: Status) -> bool:
    reached = status.cloud.reached_at
    # What lies ahead was noted before the clock was set back: nobody knows how long ago that is.
    return reached is not None and 0 <= status.at - reached <= LATELY_MS
