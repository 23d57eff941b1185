"""The machine against one that looks at every second, through whatever hypothesis thinks of."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocol.alert import OPEN
from protocol.fold import fold, merge
from protocol.reading import Quality
from protocol.rule import Rung, Severity
from tests.protocol.judging import Judge, terms_of
from tests.protocol.naive import RUNGS, Naive, Settings

SETTINGS = st.builds(
    Settings,
    hold=st.sampled_from([0, 1, 60, 100, 250, 600]),
    count=st.integers(1, 3),
    clear_at=st.sampled_from([50.0, 40.0]),
    clear_hold=st.sampled_from([0, 90, 300]),
    cooldown=st.sampled_from([0, 100, 1_000]),
    worsen_after=st.sampled_from([None, 150]),
)
VALUES = st.sampled_from([30.0, 40.0, 45.0, 50.0, 51.0, 90.0, 91.0])
SPANS = st.sampled_from([1, 30, 59, 60, 61, 179, 180, 181, 600])


class Life(RuleBasedStateMachine):
    @initialize(given=SETTINGS)
    def begin(self, given: Settings) -> None:
        self.naive = Naive(given)
        rungs = [Rung(limit, Severity(severity)) for limit, severity in RUNGS]
        fields: dict[str, Any] = {"worsen_after_s": given.worsen_after} if given.worsen_after else {}
        terms = terms_of(
            ladder=rungs,
            for_s=given.hold,
            count=given.count,
            clear_threshold=given.clear_at,
            clear_for_s=given.clear_hold,
            cooldown_s=given.cooldown,
            **fields,
        )
        self.judge, self.forgetful = Judge(terms), Judge(terms)

    @rule(after=SPANS, value=VALUES)
    def sample(self, after: int, value: float) -> None:
        self.naive.sample(self.naive.now + after, value)
        for judge in (self.judge, self.forgetful):
            judge.sample(self.naive.now, value)

    @rule(after=SPANS)
    def time_passes(self, after: int) -> None:
        self.naive.tick(self.naive.now + after)
        self.judge.tick(self.naive.now)
        self.forgetful.tick(self.naive.now)

    @rule()
    def restart(self) -> None:
        self.forgetful.store_and_restore()

    @rule(value=VALUES, age=st.integers(1, 2_000), quality=st.sampled_from([0, Quality.SUSPECT]))
    def something_that_says_nothing(self, value: float, age: int, quality: int) -> None:
        """What is suspect, and what is older than a sample that was judged."""
        heard = self.naive.heard
        if quality or (heard is not None and self.naive.now - age < heard):
            for judge in (self.judge, self.forgetful):
                judge.sample(self.naive.now - age, value, int(quality), now=self.naive.now)

    @invariant()
    def both_say_the_same(self) -> None:
        alert = self.judge.watch.alert
        is_open = alert.state in OPEN
        assert self.naive.as_seen() == {
            "state": alert.state,
            "severity": alert.severity if is_open else "",
            "began": alert.began // 1000 if is_open else None,
            "stale": alert.stale,
            "occurrences": alert.occurrences if is_open else 0,
            "told": [(int(one.alert.removeprefix("a-")), one.course.reason) for one in self.judge.told],
        }

    @invariant()
    def who_is_stored_and_restored_says_the_same(self) -> None:
        assert self.forgetful.watch == self.judge.watch
        assert self.forgetful.told == self.judge.told

    @invariant()
    def at_most_one_alert_is_open(self) -> None:
        folded = fold(merge({}, self.judge.told)).values()
        still_open = [one.id for one in folded if one.ended_at is None]
        alert = self.judge.watch.alert
        assert still_open == ([alert.id] if alert.state in OPEN else [])

    @invariant()
    def counters_have_no_holes_and_times_do_not_go_back(self) -> None:
        for name in {one.alert for one in self.judge.told}:
            told = [one for one in self.judge.told if one.alert == name]
            assert [one.course.counter for one in told] == list(range(1, len(told) + 1))
            assert [one.at for one in told] == sorted(one.at for one in told)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
