"""A judge that is stored and restored between any two samples is one that never was."""

import random

import msgspec
import pytest

from protocol.rule import Kind, Rule
from protocol.terms import Terms
from protocol.watched import Watch
from tests.protocol.judging import Judge, rule, terms_of
from tests.protocol.wandering import RULES, wandering


@pytest.mark.parametrize("terms", RULES)
def test_stored_and_restored(terms: Terms) -> None:
    steady, forgetful = Judge(terms), Judge(terms)
    for sample in wandering(5, 600):
        for judge in (steady, forgetful):
            judge.tick(sample.at / 1000 - 1)
            judge.sample(sample.at / 1000, sample.value, sample.quality)
        forgetful.store_and_restore()
        assert forgetful.watch == steady.watch
    assert forgetful.told == steady.told
    assert steady.told


@pytest.mark.parametrize("terms", RULES)
def test_it_does_not_matter_how_often_somebody_looks_at_the_clock(terms: Terms) -> None:
    chance = random.Random(11)
    busy, lazy = Judge(terms), Judge(terms)
    for sample in wandering(11, 600):
        for back in sorted((chance.randrange(1, 60_000) for _ in range(chance.randrange(4))), reverse=True):
            busy.tick((sample.at - back) / 1000)
        for judge in (busy, lazy):
            judge.sample(sample.at / 1000, sample.value, sample.quality)
    assert busy.reasons == lazy.reasons
    assert busy.watch == lazy.watch


def test_a_watch_of_a_long_window_stays_small() -> None:
    judge = Judge(terms_of(kind=Kind.AGGREGATE, window_s=600))
    for at in range(3_000):
        judge.sample(at, at / 7)
    assert len(judge.watch.memory.slots) <= 61
    assert len(msgspec.msgpack.encode(judge.watch)) < 3_000


def test_what_is_stored_is_small() -> None:
    assert len(msgspec.msgpack.encode(Watch(listening_since=1_767_268_800_000))) < 40
    assert msgspec.json.decode(msgspec.json.encode(rule()), type=Rule) == rule()
