"""Counting on gpiozero's own pins for tests: nothing is counted twice, and a total goes on where it was."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import gpiozero  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.pulses.pulses import Meter, Pulses, Start, Total, total
from firmware_bridge.source import SourceError
from protocol.reading import EARLIEST_AT
from tests.firmware_bridge.overheard import Heard
from tests.firmware_bridge.taken import Full, Taken
from tests.waiting import until_async


def meter(pin: int = 17, device: str = "flow-1", **more: Any) -> Meter:
    return Meter(pin=pin, device=device, **more)


def source(*meters: Meter, every_s: float = 0.01) -> Pulses:
    return Pulses(name="meters", every_s=every_s, meters=list(meters) or [meter()])


def pulse(board: Any, pin: int, count: int) -> None:
    """A contact to ground closes and opens so often."""
    for _ in range(count):
        board.pin(pin).drive_low()
        board.pin(pin).drive_high()


def newest(taken: Taken, point: str = "flow-1/pulses") -> float | None:
    return next((reading.value for reading in reversed(taken.readings) if reading.point == point), None)


@asynccontextmanager
async def counting(source: Pulses, taken: Taken) -> AsyncIterator[asyncio.Task[None]]:
    """The source counts: it handed over once."""
    before = len(taken.sizes)
    task = asyncio.create_task(source.feed(taken.put, taken.cursor))
    try:
        await until_async(lambda: len(taken.sizes) > before or task.done())
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_pulses_of_another_thread_are_counted_each_once(board: Any) -> None:
    taken = Taken()
    async with counting(source(), taken):
        thread = threading.Thread(target=pulse, args=(board, 17, 1000))
        thread.start()
        await until_async(lambda: newest(taken) == 1000)
        thread.join()
    values = [reading.value or 0.0 for reading in taken.readings]
    assert values == sorted(values)
    assert values[0] == 0


async def test_meters_are_counted_apart(board: Any) -> None:
    taken = Taken()
    async with counting(source(meter(), meter(27, "supply-1", metric="count")), taken):
        pulse(board, 17, 3)
        pulse(board, 27, 5)
        await until_async(lambda: (newest(taken), newest(taken, "supply-1/count")) == (3, 5))


async def test_a_contact_to_3_3_v_is_counted_as_it_closes(board: Any) -> None:
    taken = Taken()
    async with counting(source(meter(pull_up=False)), taken):
        board.pin(17).drive_high()
        await until_async(lambda: newest(taken) == 1)
        assert board.pin(17).pull == "down"


async def test_a_contact_that_bounces_is_gpiozeros_to_hold_back(board: Any) -> None:
    async with counting(source(meter(bounce_ms=20)), Taken()):
        assert board.pin(17).bounce == 0.02
        assert board.pin(17).pull == "up"


async def test_stopped_it_puts_down_what_it_counted_last(board: Any) -> None:
    taken = Taken()
    async with counting(source(every_s=3600), taken):
        pulse(board, 17, 7)
    assert newest(taken) == 7
    async with counting(source(every_s=3600), taken):
        pulse(board, 17, 5)
    assert newest(taken) == 12


async def test_killed_it_lacks_what_came_since_the_last_commit_and_nothing_else(board: Any) -> None:
    taken = Taken(fail_at=3)
    async with counting(source(), taken) as task:
        pulse(board, 17, 10)
        await asyncio.wait([task])
    assert isinstance(task.exception(), Full)
    committed = newest(taken)
    async with counting(source(), taken):
        pulse(board, 17, 4)
        await until_async(lambda: newest(taken) == (committed or 0) + 4)
    values = [reading.value or 0.0 for reading in taken.readings]
    assert values == sorted(values)


async def test_a_meter_that_was_left_out_for_a_while_goes_on_where_it_was(board: Any) -> None:
    taken = Taken()
    async with counting(source(every_s=3600), taken):
        pulse(board, 17, 7)
    async with counting(source(meter(27, "supply-1"), every_s=3600), taken):
        pulse(board, 27, 1)
    async with counting(source(every_s=3600), taken):
        assert newest(taken) == 7


async def test_a_pin_that_is_stopped_is_free_again(board: Any) -> None:
    async with counting(source(), Taken()) as task:
        task.cancel()
        await asyncio.wait([task])
        gpiozero.DigitalInputDevice(17, pull_up=True).close()


async def test_a_pin_that_is_in_use_is_named(board: Any) -> None:
    with (
        gpiozero.DigitalInputDevice(17),
        pytest.raises(SourceError, match=r"GPIO17 can't be used \(.*in use.*\); correct pin or pull_up"),
    ):
        await source().feed(Taken().put, None)


async def test_a_pin_whose_pull_is_soldered_is_named(board: Any) -> None:
    with pytest.raises(SourceError, match=r"GPIO2 can't be used \(.*\); correct pin or pull_up"):
        await source(meter(2, pull_up=False)).feed(Taken().put, None)


async def test_where_there_are_no_pins_the_next_step_is_told() -> None:
    with pytest.raises(SourceError, match="pulses are counted on a Raspberry Pi with lgpio"):
        await source().feed(Taken().put, None)


async def test_the_cursor_of_something_else_is_named(board: Any) -> None:
    with pytest.raises(SourceError, match="give the source a new name"):
        await source().feed(Taken().put, '{"place": 7}')


async def test_what_it_counts_is_in_the_log_for_trying(board: Any) -> None:
    taken, heard = Taken(), Heard("pulses")
    async with counting(source(), taken):
        pulse(board, 17, 2)
        await until_async(lambda: newest(taken) == 2)
    heard.close()
    assert "meters: GPIO17, 2 more pulses" in heard.lines


MARCH, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 5))
STARTS = (Start(from_=MARCH, pulses=8124), Start(from_=MAY, pulses=0))
AT_MARCH, AT_MAY = (start.since for start in STARTS)

TOTALS = [
    pytest.param(Total(5), AT_MARCH - 1, Total(8), id="before the first start it counts from nothing"),
    pytest.param(Total(5), AT_MARCH, Total(8127, AT_MARCH), id="from a start on it goes on from there"),
    pytest.param(Total(9000, AT_MARCH), AT_MARCH + 1, Total(9003, AT_MARCH), id="a start is one once"),
    pytest.param(Total(9000, AT_MARCH), AT_MAY, Total(3, AT_MAY), id="a new meter begins at its own"),
    pytest.param(Total(), AT_MAY, Total(3, AT_MAY), id="of two that have come the newer one holds"),
    pytest.param(
        Total(70, AT_MAY), EARLIEST_AT, Total(73, AT_MAY), id="a clock that is wrong resets nothing"
    ),
]


@pytest.mark.parametrize(("before", "now", "after"), TOTALS)
def test_total(before: Total, now: int, after: Total) -> None:
    assert total(before, 3, STARTS, now) == after


@given(st.lists(st.integers(0, 10_000), max_size=20), st.integers(EARLIEST_AT, AT_MAY + 10**10))
def test_no_pulse_is_lost_however_they_come(counts: list[int], now: int) -> None:
    added = Total()
    for counted in counts:
        added = total(added, counted, STARTS, now)
    if counts:
        assert added == total(Total(), sum(counts), STARTS, now)


RATE = {
    "kind": "rate_from_pulses",
    "metric": "rate",
    "calibrations": [{"from": MARCH, "pulses_per_litre": 450}],
}
MISTAKES = [
    pytest.param([{"pin": 17, "device": "a"}, {"pin": 17, "device": "b"}], "pin 17 is there twice", id="pin"),
    pytest.param(
        [{"pin": 17, "device": "a"}, {"pin": 27, "device": "a"}], "given to two", id="one point twice"
    ),
    pytest.param([{"pin": 40, "device": "a"}], "27", id="a number of the header"),
    pytest.param([{"pin": 17, "device": "a", "unit": "L"}], "'L'", id="a unit"),
    pytest.param(
        [{"pin": 17, "device": "a", "starts": [{"from": MAY, "pulses": 1}, {"from": MARCH, "pulses": 1}]}],
        "out of order",
        id="starts out of order",
    ),
    pytest.param(
        [{"pin": 17, "device": "a", "starts": [{"from": MAY, "pulses": 1}], "derived": [RATE]}],
        r"the count of GPIO17 starts anew from 2026-05-.*; give 'rate' a calibration from then too",
        id="a start that would be flow",
    ),
]


@pytest.mark.parametrize(("meters", "sentence"), MISTAKES)
def test_a_mistake_is_named(meters: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert({"name": "meters", "meters": meters}, Pulses)
