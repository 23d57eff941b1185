"""What alerts ask of local actions. Pure; a wish is kept in the commit of the transition that changed it."""

from collections.abc import Iterable, Mapping

from edge_agent.outbox.actions import Want, Wanted
from edge_agent.outbox.judged import Key
from edge_agent.watch.plan import Plan
from protocol.alert import OPEN, Reason
from protocol.messages import Transition
from protocol.watched import Watch

_RAISING = {Reason.FIRED, Reason.REOPENED}


def wishes(
    plan: Plan,
    watches: Mapping[Key, Watch],
    told: Iterable[Transition],
    before: Mapping[str, Wanted],
    now: int,
) -> dict[str, Wanted]:
    """Those that are other than before; `told` is what has just happened."""
    found = {}
    told = list(told)
    for name in {*before, *(action for actions in plan.actions.values() for action in actions)}:
        known = before.get(name, Wanted(want=Want.CLEAR))
        rules = {rule for rule, actions in plan.actions.items() if name in actions}
        want = _want([watch for (rule, _), watch in watches.items() if rule in rules])
        mine = [one for one in told if one.rule in rules]
        raised = known.raised + sum(one.course.reason in _RAISING for one in mine)
        if (want, raised) == (known.want, known.raised):
            continue
        last = mine[-1] if mine else None
        found[name] = Wanted(
            want=want,
            raised=raised,
            at=now,
            alert=last.alert if last else known.alert,
            rule=last.rule if last else known.rule,
            point=last.point if last else known.point,
            severity=last.severity if last else known.severity,
        )
    return found


def _want(watches: Iterable[Watch]) -> Want:
    is_open = [watch.alert for watch in watches if watch.alert.state in OPEN]
    if not is_open:
        return Want.CLEAR
    return Want.STALE if all(alert.stale for alert in is_open) else Want.RAISED
