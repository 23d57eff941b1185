"""What alerts cost, at the gateway and in the cloud, and what a large outage comes to."""

from benchmarks import judging, merging, telling
from benchmarks.result import Results


def measure() -> Results:
    return judging.measure() | merging.measure() | telling.measure()
