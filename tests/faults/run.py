"""How much load a case gets and from which seed: `make test` runs the small one, `make faults` three.

The seed sets every moment and every value that is left to chance; it stands in the name of the test.
"""

import msgspec
import pytest


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
    Run(seed, gateways=20, batches_per_s=60.0, rounds=3, passages=30, outage_s=8.0) for seed in (11, 12, 13)
]

RUNS = [
    pytest.param(SMALL, id=f"seed-{SMALL.seed}"),
    *(pytest.param(run, id=f"seed-{run.seed}-large", marks=pytest.mark.long) for run in LARGE),
]
