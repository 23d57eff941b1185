"""Rules over many sites: so many of them fire a rule at once."""

from collections.abc import Iterable

import msgspec

from protocol.judge import Signal
from protocol.rule import Rule


class Firing(msgspec.Struct, frozen=True):
    """An open alert of the rule that is watched."""

    site: str
    fired_at: int  # event time, ms UTC


def judge(rule: Rule, firing: Iterable[Firing], now: int) -> Signal:
    """It raises where enough sites began within the window, and clears where too few still fire."""
    known = list(firing)
    since = now - round((rule.window_s or 0) * 1000)
    if len({one.site for one in known if one.fired_at > since}) >= rule.sites:
        return Signal.BREACH
    return Signal.CLEAR if len({one.site for one in known}) < rule.sites else Signal.BETWEEN
