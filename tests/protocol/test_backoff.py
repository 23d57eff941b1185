from itertools import islice

import pytest

from protocol.backoff import delays


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        pytest.param(1.0, [1, 2, 4, 8, 10, 10], id="doubles up to the longest"),
        pytest.param(0.0, [0.5, 1, 2, 4, 5, 5], id="jitter takes away up to half"),
    ],
)
def test_delays(chance: float, expected: list[float]) -> None:
    assert list(islice(delays(1, 10, lambda: chance), 6)) == expected


def test_it_never_ends_and_never_overflows() -> None:
    assert max(islice(delays(1, 300), 5_000)) <= 300
