"""Rules of every kind, and samples on which each of them has something to say."""

import random

import pytest

from protocol.judge import Sample
from protocol.reading import Quality
from protocol.rule import Kind
from tests.protocol.judging import terms_of

MINUTE = 60_000  # ms

RULES = [
    pytest.param(terms_of(), id="at once"),
    pytest.param(terms_of(for_s=600, clear_for_s=300, clear_threshold=40), id="delays and hysteresis"),
    pytest.param(terms_of(count=3, cooldown_s=3_600), id="counted"),
    pytest.param(terms_of(kind=Kind.NO_DATA, for_s=240), id="silence"),
    pytest.param(terms_of(kind=Kind.FAULT), id="faults"),
    pytest.param(terms_of(kind=Kind.RATE, threshold=5), id="rate"),
    pytest.param(terms_of(kind=Kind.AGGREGATE, window_s=600), id="mean"),
    pytest.param(terms_of(hours={"start": "01:00", "end": "04:00"}), id="at night"),
]


def wandering(seed: int, minutes: int) -> list[Sample]:
    """A value that wanders around 50, with silences, faults and doubts."""
    chance = random.Random(seed)
    samples, value, at = [], 50.0, 0
    while at < minutes:
        at += chance.choice([1] * 60 + [2, 5, 30])
        value += chance.gauss(0, 4) + (50 - value) * 0.1
        kind = chance.choice([0] * 20 + [Quality.SUSPECT, Quality.FAULT])
        samples.append(Sample(at * MINUTE, None if kind == Quality.FAULT else value, int(kind)))
    return samples
