"""How often a channel is searched for skipped numbers."""

from firmware_bridge.thingspeak.searches import FIRST_S, LONGEST_S, Searches

MINUTE_S = 60.0


def searched(gaps: int, has_found: bool) -> list[float]:
    """When, if there is another gap each minute."""
    searches, times = Searches(), []
    for now in (n * MINUTE_S for n in range(gaps)):
        if searches.is_due(now):
            searches.searched(now, has_found)
            times.append(now)
    return times


def test_a_new_gap_is_searched_at_once_after_one_that_was_found_nowhere() -> None:
    assert searched(3, has_found=False) == [0, MINUTE_S]


def test_numbers_that_always_jump_are_seldom_searched() -> None:
    days = 10
    times = searched(days * 24 * 60, has_found=False)
    assert len(times) <= 2 * days + 8
    assert times[2] - times[1] == 2 * FIRST_S
    assert times[-1] - times[-3] <= LONGEST_S + MINUTE_S


def test_after_one_that_was_found_the_next_search_is_soon() -> None:
    assert searched(70, has_found=True) == [0, MINUTE_S, FIRST_S + MINUTE_S, FIRST_S + 2 * MINUTE_S]
