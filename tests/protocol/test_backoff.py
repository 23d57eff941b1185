from itertools import islice

import pytest

from protocol.backoff import delays, retry_after_s

NOON_S = 1_767_268_800.0  # 1 January 2026, 12:00 UTC


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


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("30", 30),
        (" 99999999 ", 99_999_999),
        ("Thu, 01 Jan 2026 12:00:45 GMT", 45),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 12:00:45 -0000", 45),
        ("Thu, 01 Jan 2026 17:30:45 +0530", 45),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("\u0663", None),
        ("Thu, 01 Jan 99999 12:00:00 GMT", None),
    ],
)
def test_retry_after(header: str, wait_s: float | None) -> None:
    assert retry_after_s(header, NOON_S) == wait_s
