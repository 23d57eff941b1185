"""How much load a case gets and from which seed: `make test` runs the small one, `make faults` three.

The seed sets every moment and every value that is left to chance; it stands in the name of the test.
"""

from collections.abc import Sequence

import msgspec
import pytest
from _pytest.mark.structures import ParameterSet


class Run(msgspec.Struct, frozen=True):
    """One form of a case's load."""

    seed: int
    gateways: int = 6
    batches_per_s: float = 12.0  # of all gateways together, 60 readings each
    rounds: int = 1  # how often a case repeats its fault
    passages: int = 6  # a fault point strikes at a passage between 1 and this
    outage_s: float = 2.0  # how long something is away


SMALL = Run(seed=1)
LARGE = [
    Run(seed, gateways=12, batches_per_s=20.0, rounds=2, passages=12, outage_s=8.0) for seed in (11, 12, 13)
]

RUNS = [
    pytest.param(SMALL, id=f"seed-{SMALL.seed}"),
    *(pytest.param(run, id=f"seed-{run.seed}-large", marks=pytest.mark.long) for run in LARGE),
]


def with_runs(pairs: Sequence[ParameterSet], runs: Sequence[ParameterSet] = RUNS) -> list[ParameterSet]:
    """Pairs of a form and a way with every run; those that are long by themselves with the small one only."""
    return [
        pytest.param(*pair.values, *run.values, id=f"{pair.id}-{run.id}", marks=[*pair.marks, *run.marks])
        for pair in pairs
        for run in (runs[:1] if any(mark.name == "long" for mark in pair.marks) else runs)
    ]
