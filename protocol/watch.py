"""One rule on one point: what a sample does to its alert, and what time does. Given the time."""

import msgspec

from protocol import alert as machine
from protocol import judge
from protocol.alert import OPEN, Alert, FreshId, Reason, State
from protocol.judge import Finding, Memory, Sample, Signal
from protocol.messages import Transition
from protocol.rule import Kind
from protocol.terms import Terms
from protocol.timers import Timer, next_timer, silent_since
from protocol.watched import Watch

Watched = tuple[Watch, list[Transition]]  # what is remembered now, and what others must be told


def observe(terms: Terms, watch: Watch, sample: Sample, now: int, fresh_id: FreshId) -> Watched:
    """A sample arrives. One that is late, suspect or known already changes nothing."""
    if not judge.is_judged(terms, sample.quality) or not judge.is_live(terms, watch.memory, sample.at, now):
        return watch, []
    # Of a timer and a sample at one time the sample comes first: what ends a delay's last moment ends it.
    before, told = tick(terms, watch, sample.at - 1, now, fresh_id)
    heard = _hear(terms, before, sample, fresh_id)
    told += _news(terms, before, heard, now)
    after, due = tick(terms, heard, sample.at, now, fresh_id)
    told += due
    if before.alert.stale and before.alert.counter == after.alert.counter:
        before, after = after, _with(after, machine.told(after.alert, Reason.FRESH, sample.at))
        told += _news(terms, before, after, now)
    return after, told


def tick(terms: Terms, watch: Watch, to: int, now: int, fresh_id: FreshId) -> Watched:
    """Time has passed up to `to` on the clock of the samples: whatever was due until then."""
    told: list[Transition] = []
    while (due := next_timer(terms, watch)) and due[0] <= to:
        after = _with(watch, _rung(terms, watch, due[1], due[0], fresh_id))
        told += _news(terms, watch, after, now)
        watch = after
    return watch, told


def change(before: Terms, after: Terms, watch: Watch, at: int, now: int, fresh_id: FreshId) -> Watched:
    """The rule was edited: its alert is judged again, and resolved if it no longer holds."""
    if _measures(before) != _measures(after):
        watch = _forgotten(after, watch, at, fresh_id)
    finding = _standing(after, watch, at)
    if finding is None:
        return watch, []
    if finding.signal is Signal.BREACH and watch.alert.state in OPEN:
        alert = machine.risen(machine.seen(watch.alert, finding, at), finding.severity, at)
    elif finding.signal is Signal.CLEAR:
        alert = machine.step(after, watch.alert, Signal.REVOKED, at, fresh_id)
    else:
        return watch, []
    return _with(watch, alert), _news(after, watch, _with(watch, alert), now)


def withdraw(terms: Terms, watch: Watch, at: int, now: int, fresh_id: FreshId) -> Watched:
    """The rule was deleted, or no longer watches this point."""
    after = _with(watch, machine.step(terms, watch.alert, Signal.REVOKED, at, fresh_id))
    return after, _news(terms, watch, after, now)


def _hear(terms: Terms, watch: Watch, sample: Sample, fresh_id: FreshId) -> Watch:
    alert = _unfrozen(watch.alert, judge.gap(terms, watch.memory, sample.at))
    memory = judge.remember(terms, watch.memory, sample)
    finding = judge.judge(terms, memory, sample.at)
    if finding:
        if finding.signal is Signal.BREACH:
            alert = machine.seen(alert, finding, sample.at)
        alert = machine.step(terms, alert, finding.signal, sample.at, fresh_id)
    return Watch(watch.listening_since, alert, memory)


def _unfrozen(alert: Alert, gap: int) -> Alert:
    """While nothing was heard for too long no delay ran; and the point speaks again."""
    since = alert.since + gap if alert.state in (State.PENDING, State.CLEARING) else alert.since
    if since == alert.since and not alert.stale:
        return alert
    return msgspec.structs.replace(alert, since=since, stale=False)


def _rung(terms: Terms, watch: Watch, timer: Timer, at: int, fresh_id: FreshId) -> Alert:
    """The alert after a timer."""
    alert = watch.alert
    if timer is Timer.WORSE:
        return machine.risen(alert, terms.worsen_to, at)
    if timer is Timer.STALE:
        return machine.told(msgspec.structs.replace(alert, stale=True), Reason.STALE, at)
    if timer is Timer.SILENT:
        silence = Finding(Signal.BREACH, terms.severity, None)
        since = silent_since(watch)
        alert = machine.step(terms, machine.seen(alert, silence, since), Signal.BREACH, since, fresh_id)
    if timer is Timer.HOURS and (finding := judge.weigh(terms, watch.memory)):
        return machine.step(terms, machine.seen(alert, finding, at), Signal.BREACH, at, fresh_id)
    return machine.step(terms, alert, Signal.HELD, at, fresh_id)


def _standing(terms: Terms, watch: Watch, at: int) -> Finding | None:
    """What holds at a time by all that is known."""
    if terms.kind is not Kind.NO_DATA:
        return judge.judge(terms, watch.memory, at)
    silent = at - silent_since(watch) >= terms.hold
    return Finding(Signal.BREACH if silent else Signal.CLEAR, terms.severity, None)


def _forgotten(terms: Terms, watch: Watch, at: int, fresh_id: FreshId) -> Watch:
    """What was heard says nothing about a rule that measures otherwise; nor does a delay that ran for it."""
    pending = watch.alert.state is State.PENDING
    alert = machine.step(terms, watch.alert, Signal.REVOKED, at, fresh_id) if pending else watch.alert
    return Watch(watch.listening_since, alert, Memory(judged_at=watch.memory.judged_at))


def _measures(terms: Terms) -> tuple[object, ...]:
    """What the memory depends on."""
    return terms.kind, terms.statistic, terms.window, terms.per, terms.min_dt, terms.companion


def _with(watch: Watch, alert: Alert) -> Watch:
    return Watch(watch.listening_since, alert, watch.memory)


def _news(terms: Terms, before: Watch, after: Watch, now: int) -> list[Transition]:
    """What others must be told of one step."""
    old, new = before.alert, after.alert
    if (old.id, old.counter) == (new.id, new.counter):
        return []
    return [machine.transition(terms, new, after.memory.value, now)]
