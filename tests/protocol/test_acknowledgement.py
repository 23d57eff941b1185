"""Who has seen an alert, and when that counts no more."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.acknowledgement import Acknowledgement
from protocol.fold import fold, join, merge
from protocol.messages import Transition
from protocol.standing import standing
from tests.protocol.judging import Judge, terms_of

RUNGS = [{"threshold": 50, "severity": "warning"}, {"threshold": 90, "severity": "critical"}]
NOW = 10_000_000


def told(*values: float) -> list[Transition]:
    judge = Judge(terms_of(ladder=RUNGS, cooldown_s=3_600))
    for at, value in enumerate(values):
        judge.sample(at * 60, value)
    return judge.told


def ack(counter: int, at: int = NOW, until: int | None = None, alert: str = "a-1") -> Acknowledgement:
    return Acknowledgement(alert=alert, counter=counter, by="Asha", at=at, until=until)


def holds(transitions: list[Transition], *acknowledgements: Acknowledgement, now: int = NOW) -> bool:
    (alert,) = join(fold(merge({}, transitions)).values())
    return standing(alert, acknowledgements, now) is not None


CASES = [
    pytest.param(told(60), [], False, id="nobody has"),
    pytest.param(told(60), [ack(1)], True, id="somebody has"),
    pytest.param(told(60), [ack(1, alert="a-9")], False, id="of another alert"),
    pytest.param(told(60, 95), [ack(1)], False, id="it has risen since"),
    pytest.param(told(60, 95), [ack(2)], True, id="the rise was seen"),
    pytest.param(told(95, 60), [ack(1)], True, id="a fall changes nothing"),
    pytest.param(told(95, 9), [ack(1)], False, id="it has ended"),
    pytest.param(told(60, 9, 60), [ack(1)], False, id="it was reopened since"),
    pytest.param(told(60, 9, 60), [ack(3)], True, id="that was seen"),
    pytest.param(told(60), [ack(1, until=NOW)], False, id="it has run out"),
    pytest.param(told(60), [ack(1, until=NOW + 1)], True, id="it has not yet"),
    pytest.param(told(60), [ack(1), ack(1, at=NOW + 5, until=NOW)], False, id="it was taken back"),
    pytest.param(told(60), [ack(1, until=NOW), ack(1, at=NOW + 5)], True, id="and given again"),
    pytest.param(told(60), [ack(4)], True, id="of a transition that is not here yet"),
]


@pytest.mark.parametrize(("transitions", "acknowledgements", "expected"), CASES)
def test_standing(
    transitions: list[Transition], acknowledgements: list[Acknowledgement], expected: bool
) -> None:
    assert holds(transitions, *acknowledgements) is expected
    assert holds(transitions[::-1], *acknowledgements[::-1]) is expected


def test_who_saw_it_under_its_old_id_has_seen_it_unless_it_is_worse_now() -> None:
    judge = Judge(terms_of(ladder=RUNGS), prefix="b")
    judge.sample(600, 60)
    assert holds([*told(60), *judge.told], ack(1))
    judge.sample(660, 95)
    assert not holds([*told(60), *judge.told], ack(1))


@given(order=st.randoms(use_true_random=False), counters=st.lists(st.integers(1, 5), max_size=4))
def test_both_sides_agree_once_they_know_the_same(order: random.Random, counters: list[int]) -> None:
    """Promise 3: raise, rise, clear and acknowledge, at the gateway and in the cloud, in any order."""
    transitions = told(60, 95, 9, 60)
    acknowledgements = [ack(counter, at=NOW - place) for place, counter in enumerate(counters)]
    expected = holds(transitions, *acknowledgements)
    order.shuffle(transitions)
    order.shuffle(acknowledgements)
    known: dict[tuple[str, int], Transition] = {}
    for one in transitions:
        known = merge(known, [one, *order.sample(transitions, 2)])
    assert holds(list(known.values()), *acknowledgements, *acknowledgements) is expected
    assert expected is any(counter >= 4 for counter in counters)
