"""`evara-agent acknowledge`: somebody at the site has seen an alert.

It is written into the outbox, beside a running agent or without one; the agent carries it to the cloud.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from edge_agent import clock
from edge_agent.outbox import judged
from edge_agent.outbox.beside import writing
from edge_agent.outbox.facts import read_facts
from edge_agent.technician import judging
from edge_agent.technician.judging import AlertStatus
from protocol.acknowledgement import Acknowledgement

ALL = "all"

_SHOWN = 8  # characters of an id; the rest rarely matters


class NotSeen(Exception):
    """One sentence: why nothing was acknowledged, and the next step."""


def listing(outbox: Path) -> str:
    """The open alerts, each with the beginning of its id. Raises OutboxError."""
    found = judging.alerts(read_facts(outbox, clock.now_ms()))
    if not found:
        return "no alert is open"
    return "\n".join([*map(_line, found), "evara-agent acknowledge ID, or all"])


def acknowledge(outbox: Path, which: str, by: str) -> str:
    """`which`: an id, the beginning of one, or `all`. Says what was done. Raises NotSeen and OutboxError."""
    now = clock.now_ms()
    facts = read_facts(outbox, now)
    chosen = _chosen(judging.alerts(facts), which)
    counters = {one.alert.id: one.alert.counter for one in facts.open_alerts}
    said = [_said(one.id, counters[one.id], by, now) for one in chosen]
    with writing(outbox) as sql:
        for one in said:
            judged.acknowledge(sql, one)
    return "\n".join(f"seen by {by}: {_line(one)}" for one in chosen)


def _said(alert: str, counter: int, by: str, now: int) -> Acknowledgement:
    try:
        given = {"alert": alert, "counter": counter, "by": by, "at": now}
        return msgspec.convert(given, Acknowledgement)
    except msgspec.ValidationError as error:
        raise NotSeen(f"--by: {error}") from error


def _chosen(found: Sequence[AlertStatus], which: str) -> list[AlertStatus]:
    if not found:
        raise NotSeen("no alert is open here")
    chosen = list(found) if which == ALL else [one for one in found if one.id.startswith(which)]
    if not chosen:
        raise NotSeen(f'no open alert has an id that begins with "{which}": without an id they are listed')
    if which != ALL and len(chosen) > 1:
        raise NotSeen(f'"{which}" begins the ids of {len(chosen)} open alerts: give more of it')
    return chosen


def _line(one: AlertStatus) -> str:
    seen = f", seen by {one.acknowledged_by}" if one.acknowledged_by else ""
    return f"{one.id[:_SHOWN]}  {one.severity:<8} {one.point} {one.rule}{seen}"
