"""Whatever a channel's entries are and whenever they come: each is taken once."""

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.thingspeak.entry_numbers import Numbers, numbers
from firmware_bridge.thingspeak.feed import Entry, Page
from firmware_bridge.thingspeak.place import (
    CACHED_MS,
    GAPS_LIMIT,
    LOOK_BACK_MS,
    OVERLAP_MS,
    Place,
    Walk,
    catch_up,
    look_back,
)
from protocol.reading import EARLIEST_AT

NOW = 1_780_000_000_000
LIMIT = 4  # entries an answer holds, so that few fill many windows


class Channel:
    """As the server keeps it: numbers count up as entries come, a time is there once."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.numbers: dict[int, int] = {}  # by time
        self.top = 0

    def write(self, at: int, skip: int) -> None:
        if at not in self.numbers:
            self.top += 1 + skip
            self.numbers[at] = self.top

    def page(self, since: int, until: int | None) -> Page:
        inside = sorted(at for at in self.numbers if since <= at and (until is None or at < until))
        entries = [Entry(self.numbers[at], at, (), "") for at in inside[-self.limit :]]
        return Page(entries, self.top, len(entries) >= self.limit)


def walked(channel: Channel, place: Place, taken: list[int], crash_after: int | None = None) -> Place:
    """One catch-up as the source does it; with `crash_after`, only so many windows of it."""
    walk: Walk | None = catch_up(place, NOW)
    while walk and not walk.is_over and crash_after != 0:
        is_last = walk.end == walk.stop
        page = channel.page(walk.start, None if is_last else walk.end)
        if page.is_cut:
            walk = walk.narrowed(page)
            assert walk is not None
            continue
        taken += [entry.at for entry in place.fresh(page.entries)]
        newest = max((entry.at + 1 for entry in page.entries), default=0)
        place = place.after(page, min(newest, NOW) if is_last else walk.end, NOW)
        place, walk = place.arrived() if is_last else place, walk.beyond(page)
        crash_after = None if crash_after is None else crash_after - 1
    return place


def searched(channel: Channel, place: Place, taken: list[int]) -> Place:
    walk: Walk | None = look_back(place)
    lost = place.missing
    while walk and not walk.is_over:
        page = channel.page(walk.start, walk.end)
        if page.is_cut:
            walk = walk.narrowed(page)
            continue
        late = [entry for entry in page.entries if entry.id in lost]
        taken += [entry.at for entry in late]
        walk = walk.beyond(page)
    return place.without(lost)


AGES_S = st.one_of(st.integers(0, 30), st.integers(0, LOOK_BACK_MS // 1000), st.integers(0, 800_000_000))
LATE_S = st.one_of(st.integers(0, 30), st.integers(0, LOOK_BACK_MS // 1000 - 1))
SKIPS = st.sampled_from([0, 0, 0, 1, 30])


@given(
    st.lists(st.tuples(AGES_S, SKIPS), max_size=40),
    st.lists(st.lists(st.tuples(LATE_S, SKIPS), max_size=15), max_size=4),
    st.integers(0, 12),
)
def test_every_entry_is_taken_once(
    first: list[tuple[int, int]], later: list[list[tuple[int, int]]], crash_after: int
) -> None:
    channel, place, taken = Channel(), Place(), list[int]()
    for rows in [first, *later]:
        for age_s, skip in rows:
            channel.write(NOW - age_s * 1000, skip)
        place = walked(channel, place, taken, crash_after)
        place = walked(channel, place, taken)
        place = searched(channel, place, taken)
    assert sorted(taken) == sorted(channel.numbers)


def test_few_questions_lead_to_a_dense_end_and_through_it() -> None:
    channel = Channel(limit=2_000)
    for n in range(20_000):
        channel.write(NOW - n * 15_000, 0)
    walk: Walk | None = catch_up(Place(), NOW)
    questions = 0
    while walk and not walk.is_over:
        page = channel.page(walk.start, walk.end)
        walk = walk.narrowed(page) if page.is_cut else walk.beyond(page)
        questions += 1
    assert walk is not None
    assert questions < 40  # ten full answers would hold it all


def test_a_second_with_more_than_an_answer_ends_the_walk() -> None:
    walk: Walk | None = catch_up(Place(), NOW)
    full = Page([Entry(n, NOW, (), "") for n in range(LIMIT)], 9, is_cut=True)
    for _ in range(100):
        walk = walk.narrowed(full) if walk else None
    assert walk is None


def test_the_search_ends_where_the_catching_up_begins() -> None:
    place = Place(at=NOW - 12_345)
    assert look_back(place).stop == catch_up(place, NOW).start
    assert look_back(place).stop - look_back(place).start == LOOK_BACK_MS
    assert look_back(Place()).is_over
    assert catch_up(Place(), NOW).start == EARLIEST_AT
    assert catch_up(place, NOW).start <= place.at - OVERLAP_MS


def test_more_gaps_than_are_remembered_are_named() -> None:
    evens = Page([Entry(2 * n, NOW, (), "") for n in range(1, GAPS_LIMIT + 11)], 0)
    place, given_up = Place(top=1, floor=1).after(evens, NOW, NOW).bounded()
    assert given_up == numbers(range(3, 20, 2))
    assert len(place.missing.ranges) == GAPS_LIMIT
    assert place.bounded() == (place, Numbers())


def page(last_id: int, *entries: tuple[int, int]) -> Page:
    """`entries`: number and time."""
    return Page([Entry(number, at, (), "") for number, at in entries], last_id)


READ = Place(at=NOW, top=100, floor=100)
CLEARED = page(2, (1, NOW - 60_000), (2, NOW + 60_000))


def test_a_cleared_channel_is_noticed_once_no_cache_can_explain_it() -> None:
    place = READ.after(CLEARED, NOW + 60_001, NOW).arrived()
    assert not place.is_restarted(NOW + CACHED_MS)
    place = place.after(page(2), NOW, NOW + CACHED_MS + 1)  # nothing new since
    assert place.is_restarted(NOW + CACHED_MS + 1)


def test_a_cleared_channel_that_is_past_its_old_numbers_is_noticed() -> None:
    place = Place().after(page(100, (99, NOW - 20_000), (100, NOW - 10_000)), NOW, NOW).arrived()
    place = place.after(page(100, (100, NOW - 10_000)), NOW, NOW + 60_000).arrived()
    assert not place.is_restarted(NOW + 60_000)
    place = place.after(page(150, (1, NOW + 60_000), (99, NOW + 70_000)), NOW + 75_000, NOW + 200_000)
    place = place.after(page(150, (100, NOW + 80_000), (150, NOW + 90_000)), NOW + 90_001, NOW + 200_000)
    place = place.after(page(151, (151, NOW + 95_000)), NOW + 95_001, NOW + 200_000).arrived()
    assert place.is_restarted(NOW + 200_000)


def test_an_answer_from_a_cache_is_not_taken_for_a_cleared_channel() -> None:
    late = NOW + 2 * CACHED_MS
    cached = page(98, (97, NOW - 3), (98, NOW - 2))
    assert not READ.after(cached, NOW, NOW).after(cached, NOW, late).is_restarted(late)
    ahead = page(98, (98, NOW + 90_000))  # of a device whose clock is ahead: always newer than what was read
    place = READ.after(ahead, NOW, NOW).after(page(100), NOW, NOW + 60_000).after(ahead, NOW, late)
    assert not place.is_restarted(late)


SETS = st.sets(st.integers(0, 60))


@given(SETS, SETS, st.integers(0, 60))
def test_numbers_are_a_set(ours: set[int], theirs: set[int], one: int) -> None:
    assert numbers(ours) | numbers(theirs) == numbers(ours | theirs)
    assert numbers(ours) - numbers(theirs) == numbers(ours - theirs)
    assert numbers(ours) & numbers(theirs) == numbers(ours & theirs)
    assert (one in numbers(ours)) == (one in ours)
    assert bool(numbers(ours)) == bool(ours)


def test_numbers_in_words() -> None:
    assert str(numbers([7, 3, 4, 5])) == "4 entries: 3-5, 7"
