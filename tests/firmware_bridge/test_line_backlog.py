"""Lines that wait: told apart in time, without echoes, and bounded."""

from firmware_bridge.serial_lines.backlog import BACKLOG_LIMIT, ECHO_MS, NO_ROOM, Backlog, Heard
from firmware_bridge.serial_lines.splitter import Cut

NOON = 1_750_000_000_000


def heard(*lines: tuple[bytes, int]) -> list[Heard]:
    backlog = Backlog()
    for raw, at in lines:
        backlog.add(Cut(raw), at)
    return backlog.take(len(lines))


def test_lines_that_are_read_together_are_two_moments() -> None:
    assert heard((b"a", NOON), (b"b", NOON), (b"c", NOON + 1)) == [
        Heard(NOON, b"a"),
        Heard(NOON + 1, b"b"),
        Heard(NOON + 2, b"c"),
    ]


def test_a_clock_that_is_put_back_is_believed() -> None:
    assert [line.at for line in heard((b"a", NOON), (b"b", NOON - 60_000))] == [NOON, NOON - 60_000]


def test_an_echo_is_not_a_second_sample_and_the_same_value_later_is() -> None:
    later = NOON + ECHO_MS
    assert [line.at for line in heard((b"a", NOON), (b"a", NOON), (b"a", later), (b"a", later))] == [
        NOON,
        later,
    ]


def test_while_the_store_takes_nothing_a_bounded_number_waits_and_the_others_are_counted() -> None:
    backlog = Backlog()
    for number in range(BACKLOG_LIMIT + 500):
        backlog.add(Cut(b"%d" % number), NOON + number)
    taken = backlog.take(BACKLOG_LIMIT + 500)
    assert [line.raw for line in taken[:-1]] == [b"%d" % number for number in range(BACKLOG_LIMIT - 1)]
    assert (taken[-1].wrong, taken[-1].lines) == (NO_ROOM, 501)
    assert len(backlog) == 0
