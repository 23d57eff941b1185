"""The poller against a server on loopback: nothing missed, nothing twice."""

from firmware_bridge.thingspeak.thingspeak import NOT_FOUND
from protocol.reading import Quality, Reading
from tests.fakes.thingspeak import thingspeak
from tests.firmware_bridge.polling import DAY_S, NOW_S, is_single, polling, reaches, rounds
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async


async def test_what_is_there_and_what_comes_later_is_taken_once() -> None:
    async with thingspeak() as fake:
        fake.write(NOW_S - 60, field1="120", field2="26.5\r\n\r\n")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 2)
            fake.write(NOW_S - 30, field1="nan")
            await reaches(taken, 3)
            await rounds(fake, 2)
    assert taken.readings == [
        Reading("oht-1/level", (NOW_S - 60) * 1000, 1.2),
        Reading("oht-1/temperature", (NOW_S - 60) * 1000, 26.5),
        Reading("oht-1/level", (NOW_S - 30) * 1000, None, Quality.FAULT),
    ]


async def test_a_history_longer_than_any_answer_has_no_holes() -> None:
    async with thingspeak() as fake:
        for n in range(20_000):
            fake.write(NOW_S - 15 * (20_000 - n), field1=str(n))
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 20_000)
            await rounds(fake, 2)
        assert [reading.value for reading in taken.readings] == [n / 100 for n in range(20_000)]
        assert len(fake.requests) < 50  # ten would be the fewest
        assert max(taken.sizes) <= 2_000


async def test_history_with_long_gaps_and_dense_days_has_no_holes() -> None:
    async with thingspeak() as fake:
        years_ago = [NOW_S - 900 * DAY_S + n for n in range(5_000)]  # one a second: the densest there is
        for at_s in [*years_ago, NOW_S - 400 * DAY_S, *(NOW_S - 10_000 + 2 * n for n in range(4_500))]:
            fake.write(at_s, field1="1")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, len(fake.entries))
            await rounds(fake, 2)
    assert len(taken.readings) == len(fake.entries)
    assert is_single(taken)


async def test_imported_entries_descend_in_time_while_numbers_ascend() -> None:
    async with thingspeak() as fake:
        for n in range(5_000):
            fake.write(NOW_S - 3600 * n, field1=str(n))
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 5_000)
            await rounds(fake, 2)
    assert len(taken.readings) == 5_000
    assert is_single(taken)


async def test_an_entry_that_comes_late_with_an_old_time_is_found() -> None:
    async with thingspeak() as fake:
        fake.write(NOW_S - 10 * DAY_S, field1="1")
        fake.write(NOW_S - 5, field1="2")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 2)
            fake.write(NOW_S - 3 * DAY_S, field1="3")
            await reaches(taken, 3)
            fake.write(NOW_S - 1, field1="4")
            fake.write(NOW_S - 300, field1="5")  # within the overlap: no search is needed
            await reaches(taken, 5)
            await rounds(fake, 2)
    assert sorted(reading.value or 0 for reading in taken.readings) == [0.01, 0.02, 0.03, 0.04, 0.05]


async def test_restarted_after_days_it_goes_on_and_takes_nothing_twice() -> None:
    async with thingspeak() as fake:
        for n in range(3_000):
            fake.write(NOW_S - 3 * DAY_S + n, field1="1")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 3_000)
        for n in range(6_000):
            fake.write(NOW_S - 2 * DAY_S + n, field1="2")
            if n % 7 == 0:  # written while we were away, about the time before
                fake.write(NOW_S - 4 * DAY_S + n, field1="3")
        async with polling(fake, taken):
            await reaches(taken, len(fake.entries) - 6_000 // 7)
            await rounds(fake, 2)
    assert is_single(taken)
    assert sum(reading.value == 0.02 for reading in taken.readings) == 6_000


async def test_a_clock_that_is_ahead_repeats_nothing() -> None:
    async with thingspeak() as fake:
        fake.write(NOW_S + 90 * DAY_S, field1="1")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 1)
            fake.write(NOW_S, field1="2")
            await reaches(taken, 2)
            await rounds(fake, 3)
    assert len(taken.readings) == 2


async def test_text_that_is_no_number_is_rejected_once_and_its_neighbour_kept() -> None:
    async with thingspeak() as fake:
        fake.write(NOW_S, field1="26,5", field2="26.5")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 1)
            await rounds(fake, 3)
    assert [(r.where, r.reason) for r in taken.rejects] == [
        ("channel 4201 entry 1 field1", "'26,5' is no number, a decimal comma")
    ]


async def test_thousands_that_come_late_between_two_polls_are_all_found() -> None:
    async with thingspeak() as fake:
        fake.write(NOW_S - 10 * DAY_S, field1="1")
        fake.write(NOW_S - 5, field1="1")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 2)
        for n in range(3_000):  # a device that was offline for days
            fake.write(NOW_S - 3 * DAY_S + 60 * n, field1="2")
        async with polling(fake, taken):
            await reaches(taken, 3_002)
    assert is_single(taken)
    assert taken.rejects == []


async def test_numbers_that_are_found_nowhere_are_on_record() -> None:
    async with thingspeak() as fake:
        fake.write(NOW_S - 10 * DAY_S, field1="1")
        fake.write(NOW_S - 5, field1="2")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 2)
            fake.write(NOW_S - 9 * DAY_S, field1="3")  # older than is looked for
            await until_async(lambda: bool(taken.rejects), 30, "a reject")
    assert [(r.where, r.text, r.reason) for r in taken.rejects] == [
        ("channel 4201", "1 entries: 3", NOT_FOUND)
    ]
