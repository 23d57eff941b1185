"""What `status` and `doctor` say of rules, alerts and local actions."""

from datetime import datetime

import msgspec

from edge_agent.outbox.actions import Manual, Standing
from edge_agent.outbox.facts import OutboxFacts
from edge_agent.outbox.judged import OpenAlert
from edge_agent.rules import REJECTED
from edge_agent.technician.check import Check, Result
from edge_agent.watch.stage import FAULT, UNMET
from protocol.rule import Document


class AlertStatus(msgspec.Struct, frozen=True):
    """One that is open."""

    id: str
    rule: str  # its id
    point: str
    severity: str
    began: int  # ms UTC
    stale: bool  # the point is silent
    acknowledged_by: str  # "": nobody


class RulesStatus(msgspec.Struct, frozen=True):
    count: int  # that run
    version: int  # of their document; 0: the cloud never sent one
    rejected: str  # why the newest one does not run; "": it does
    unmet: str  # what of them can't be done here; "": nothing
    fault: str  # what can't be judged; "": nothing


class ActionStatus(msgspec.Struct, frozen=True):
    name: str
    state: str  # on, off, "" where it was never tried
    ok: bool  # it is so; False: it failed, or is being tried
    answer: str
    tries: int  # in a row
    manual_until: int | None  # ms UTC; None: alerts decide
    manual_by: str


def alerts(facts: OutboxFacts) -> list[AlertStatus]:
    return [_alert(facts, one) for one in facts.open_alerts]


def rules(facts: OutboxFacts) -> RulesStatus:
    book = facts.rulebook
    return RulesStatus(
        count=_count(book.document) if book else 0,
        version=book.version if book else 0,
        rejected=facts.notes.get(REJECTED, ""),
        unmet=facts.notes.get(UNMET, ""),
        fault=facts.notes.get(FAULT, ""),
    )


def local_actions(facts: OutboxFacts, names: list[str], now: int) -> list[ActionStatus]:
    """Of those that agent.toml has."""
    return [_action(name, facts.standings.get(name), _manual(facts, name, now)) for name in names]


def rules_line(status: RulesStatus) -> list[str]:
    """Nothing where the cloud never sent any."""
    runs = f"rules    {status.count} run, version {status.version}" if status.version else "rules    none run"
    lines = [runs] if status.version or status.rejected else []
    if status.rejected:
        lines.append(f"rules    rejected: {status.rejected}")
    if status.unmet:
        lines.append(f"rules    in part: {status.unmet}")
    if status.fault:
        lines.append(f"rules    fault: {status.fault}")
    return lines


def alert_line(status: AlertStatus, age: str) -> str:
    marks = [age]
    if status.stale:
        marks.append("silent")
    if status.acknowledged_by:
        marks.append("seen")
    return f"alert    {status.severity:<8} {status.point[:18]} {status.rule[:12]}, {', '.join(marks)}"


def action_line(status: ActionStatus) -> str:
    said = f"action   {status.name[:18]}: {_said(status)}"
    if status.manual_until is None:
        return said
    until = datetime.fromtimestamp(status.manual_until / 1000).astimezone()
    return f"{said}; by hand until {until:%d %b %H:%M} ({status.manual_by[:18]})"


def _said(status: ActionStatus) -> str:
    if not status.state:
        return "not tried yet"
    return status.state if status.ok else f"not {status.state}, {status.answer or 'is being tried'}"


def check(rules: RulesStatus) -> list[Check]:
    """Where the cloud has sent any."""
    if rules.rejected:
        text = f"the newest rules are rejected: {rules.rejected}"
        step = "mend the rule in the cloud, or agent.toml, and publish it again"
        return [Check("Rules", Result.WARNING, text, step)]
    if rules.unmet:
        step = "give the point its unit, or agent.toml the action, or change the rule in the cloud"
        return [Check("Rules", Result.WARNING, rules.unmet, step)]
    if rules.fault:
        return [Check("Rules", Result.WARNING, rules.fault, "see the agent's log, and tell the makers")]
    if not rules.version:
        return []
    return [Check("Rules", Result.GOOD, f"{rules.count} run, version {rules.version}")]


def is_in_doubt(rules: RulesStatus, actions: list[ActionStatus]) -> bool:
    """Whether somebody should look, at the agent and not at the water."""
    failed = any(action.state and not action.ok and action.answer for action in actions)
    return bool(rules.rejected or rules.unmet or rules.fault or failed)


def _alert(facts: OutboxFacts, one: OpenAlert) -> AlertStatus:
    said = facts.acknowledgements.get(one.alert.id)
    return AlertStatus(
        id=one.alert.id,
        rule=one.rule,
        point=one.point,
        severity=one.alert.severity,
        began=one.alert.began,
        stale=one.alert.stale,
        acknowledged_by=said.by if said and said.counter >= one.alert.counter else "",
    )


def _action(name: str, standing: Standing | None, manual: Manual | None) -> ActionStatus:
    by_hand = (manual.until, manual.by) if manual else (None, "")
    if standing is None:
        return ActionStatus(name, "", False, "", 0, *by_hand)
    state = "on" if standing.on else "off"
    return ActionStatus(name, state, standing.ok, standing.answer, standing.tries, *by_hand)


def _manual(facts: OutboxFacts, name: str, now: int) -> Manual | None:
    """While it holds."""
    found = facts.manuals.get(name)
    return found if found and now < found.until else None


def _count(document: str) -> int:
    try:
        return len(msgspec.json.decode(document, type=Document).rules)
    except msgspec.MsgspecError:  # another version of this program took it
        return 0
