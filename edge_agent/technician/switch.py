"""`evara-agent action`: a person at the site switches a local action for a time, whatever alerts want.

It is written into the outbox, beside a running agent or without one; the agent carries it out.
"""

import re

import msgspec

from edge_agent import clock
from edge_agent.action_kinds import Action
from edge_agent.config import Config
from edge_agent.outbox import actions
from edge_agent.outbox.actions import Manual
from edge_agent.outbox.beside import writing
from edge_agent.outbox.facts import read_facts
from edge_agent.technician import judging

_LONGEST_S = 604_800
_UNITS = {"m": 60, "h": 3_600, "d": 86_400}


class NotSwitched(Exception):
    """One sentence: why nothing is switched, and the next step."""


def listing(config: Config) -> str:
    """What each action is. Raises OutboxError."""
    now = clock.now_ms()
    facts = read_facts(config.outbox.path, now)
    found = judging.local_actions(facts, [one.name for one in config.actions], now)
    return "\n".join([*map(judging.action_line, found), "evara-agent action NAME on, off or auto"])


def switch(config: Config, name: str, state: str, span: str, by: str) -> str:
    """Until `span` is over (90m, 2h, 1d) it is so; `auto`: what alerts want. Says what was done.

    Raises NotSwitched and OutboxError.
    """
    action = _named(config, name)
    now = clock.now_ms()
    facts = read_facts(config.outbox.path, now)
    manual = None
    if state != "auto":
        ends_at = now + _seconds(span) * 1000
        if state == "on" and action.max_on_s is not None:
            standing = facts.standings.get(name)
            on_since = standing.on_since if standing else None
            ends_at = min(ends_at, (now if on_since is None else on_since) + round(action.max_on_s * 1000))
        manual = _manual(state == "on", ends_at, by)
    with writing(config.outbox.path) as sql:
        actions.override(sql, name, manual)
    facts = read_facts(config.outbox.path, now)
    return judging.action_line(judging.local_actions(facts, [name], now)[0])


def _named(config: Config, name: str) -> Action:
    for action in config.actions:
        if action.name == name:
            return action
    known = ", ".join(sorted(one.name for one in config.actions)) or "none"
    raise NotSwitched(f'agent.toml has no action "{name}" (it has: {known})')


def _seconds(span: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([mhd])", span)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST_S:
        raise NotSwitched(f'--for: "{span}" is no time of 1m to 7d: write 30m, 2h or 1d')
    return seconds


def _manual(on: bool, until: int, by: str) -> Manual:
    try:
        return msgspec.convert({"on": on, "until": until, "by": by}, Manual)
    except msgspec.ValidationError as error:
        raise NotSwitched(f"--by: {error}") from error
