"""What was counted already: the pure part, batch by batch, and against a model of all there ever was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ingest.ledger import ABOVE_LIMIT, DIGESTS_KEPT, Page, Verdict, enter, judge
from protocol.codec import digest


def of(number: int, content: str = "") -> str:
    return digest(f"{number}{content}".encode())


def page(*numbers: int) -> Page:
    made = Page()
    for number in numbers:
        made = enter(made, number, of(number))
    return made


CASES = [
    pytest.param(page(), 1, "", Verdict.FRESH, id="the first of an epoch"),
    pytest.param(page(1, 2), 3, "", Verdict.FRESH, id="the next"),
    pytest.param(page(1, 2), 9, "", Verdict.FRESH, id="one ahead of a gap"),
    pytest.param(page(1, 9), 5, "", Verdict.FRESH, id="one that fills a gap"),
    pytest.param(page(1, 2), 2, "", Verdict.REPEATED, id="a resent one"),
    pytest.param(page(1, 9), 9, "", Verdict.REPEATED, id="a resent one above the mark"),
    pytest.param(page(1, 2), 2, "other", Verdict.CONFLICT, id="the number of another box"),
    pytest.param(page(*range(1, 100)), 1, "", Verdict.STALE, id="settled, and its hash forgotten"),
    pytest.param(page(*range(1, 100)), 36, "", Verdict.REPEATED, id="the oldest hash that is kept"),
    pytest.param(page(*range(1, 100)), 35, "", Verdict.STALE, id="the newest that is not"),
    pytest.param(page(*range(2, 2 + 2 * 300, 2)), 3, "", Verdict.STALE, id="a gap that was closed"),
]


@pytest.mark.parametrize(("known", "number", "content", "verdict"), CASES)
def test_judge(known: Page, number: int, content: str, verdict: Verdict) -> None:
    assert judge(known, number, of(number, content)) is verdict


def test_the_mark_rises_over_what_is_complete() -> None:
    assert page(1, 2, 4).mark == 2
    assert page(1, 2, 4, 3).mark == 4
    assert page(1, 2, 4, 3).above == ()


@given(st.lists(st.integers(min_value=1, max_value=2_000), max_size=400))
def test_no_number_is_fresh_twice_and_a_page_stays_small(numbers: list[int]) -> None:
    known, taken = Page(), set()
    for number in numbers:
        verdict = judge(known, number, of(number))
        if verdict is Verdict.FRESH:
            assert number not in taken
            taken.add(number)
            known = enter(known, number, of(number))
        else:
            # Stale may also be what was never taken: that is sent anew, so nothing is lost.
            assert number in taken or verdict is Verdict.STALE
        assert len(known.above) <= ABOVE_LIMIT
        assert len(known.digests) <= DIGESTS_KEPT * 24
        assert all(later > known.mark for later in known.above)
