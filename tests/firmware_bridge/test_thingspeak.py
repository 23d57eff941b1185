"""The poller against a server on loopback: nothing missed, nothing twice, every trouble a sentence."""

import asyncio
import gzip
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from firmware_bridge.fields import Field
from firmware_bridge.source import SourceError
from firmware_bridge.thingspeak import ThingSpeak
from firmware_bridge.thingspeak_link import Link
from protocol.reading import Quality, Reading
from tests.fakes.thingspeak import FakeThingSpeak, Trouble, thingspeak
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async

NOW_S = int(time.time())
DAY_S = 86_400
KEY = "READKEY000000001"


def source(fake: FakeThingSpeak, key_file: Path | None = None) -> ThingSpeak:
    return ThingSpeak(
        name="channel",
        channel=fake.channel,
        server=fake.url,
        key_file=str(key_file) if key_file else None,
        device="oht-1",
        fields=[Field(1, "level", "cm"), Field(2, "temperature", "degC")],
        every_s=0.1,
    )


@asynccontextmanager
async def polling(fake: FakeThingSpeak, taken: Taken) -> AsyncIterator[None]:
    """The source runs from the cursor that was committed last."""
    task = asyncio.create_task(source(fake).feed(taken.put, taken.cursor))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def reaches(taken: Taken, count: int) -> None:
    await until_async(lambda: len(taken.readings) >= count, 30, f"{count} readings")


async def rounds(fake: FakeThingSpeak, count: int) -> None:
    """So many more questions were asked."""
    asked = len(fake.requests)
    await until_async(lambda: len(fake.requests) >= asked + count, 30, f"{count} more questions")


def is_single(taken: Taken) -> bool:
    return len({(reading.point, reading.at) for reading in taken.readings}) == len(taken.readings)


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


async def test_a_key_reads_a_private_channel_and_is_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key_file = tmp_path / "key"
    key_file.write_text(KEY + "\n")
    async with thingspeak(key=KEY) as fake:
        fake.write(NOW_S, field1="1")
        taken = Taken()
        task = asyncio.create_task(source(fake, key_file).feed(taken.put, None))
        await reaches(taken, 1)
        fake.key = "ANOTHERKEY000002"
        with pytest.raises(SourceError) as caught:
            await asyncio.wait_for(task, 10)
    assert "key_file" in str(caught.value)
    assert all(KEY not in request.target for request in fake.requests)
    assert KEY not in caplog.text
    assert KEY not in repr(caught.value.__cause__) + str(caught.value)


BOMB = gzip.compress(b" " * 50_000_000)
TROUBLES = [
    pytest.param(Trouble(400, b"-1"), "no access", id="400 with -1"),
    pytest.param(Trouble(200, b"-1"), "no access", id="200 with -1, as the old server"),
    pytest.param(Trouble(401, b""), "key was refused", id="401"),
    pytest.param(Trouble(404, b""), "does not exist", id="404"),
    pytest.param(Trouble(429, b"", ("Retry-After: 0",)), "too many requests", id="429"),
    pytest.param(Trouble(503, b""), "503", id="503"),
    pytest.param(Trouble(302, b"", ("Location: http://elsewhere.example",)), "moved", id="moved"),
    pytest.param(Trouble(200, b'{"feeds":[]}', cut=3), "connection failed", id="cut off"),
    pytest.param(Trouble(200, b'{"feeds":['), "only a part", id="half an answer that looks whole"),
    pytest.param(Trouble(200, b"<html>welcome to the hotel</html>"), "no feed", id="a captive portal"),
    pytest.param(Trouble(200, b'{"feeds":[{"created_at":"x"}]}'), "no entry_id", id="not numbered"),
    pytest.param(Trouble(200, b"[" * 100_000), "no feed", id="deeply nested"),
    pytest.param(Trouble(200, BOMB, ("Content-Encoding: gzip",)), "more than", id="a gzip bomb"),
    pytest.param(Trouble(200, BOMB[:1000], ("Content-Encoding: gzip",)), "cut off", id="half of a gzip"),
    pytest.param(Trouble(200, b"{}", ("Content-Encoding: gzip",)), "connection failed", id="no gzip at all"),
]


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLES)
async def test_trouble_is_a_sentence_and_the_next_try_goes_on(trouble: Trouble, sentence: str) -> None:
    async with thingspeak() as fake:
        fake.write(NOW_S, field1="1")
        fake.troubles.append(trouble)
        taken = Taken()
        with pytest.raises(SourceError, match=sentence):
            await asyncio.wait_for(source(fake).feed(taken.put, None), 10)
        assert taken.readings == []
        async with polling(fake, taken):
            await reaches(taken, 1)


async def test_a_server_that_is_not_there() -> None:
    async with thingspeak() as fake:
        pass
    with pytest.raises(SourceError, match="connection failed"):
        await asyncio.wait_for(source(fake).feed(Taken().put, None), 10)


async def test_a_server_that_stalls_ends_the_question() -> None:
    async with thingspeak() as fake, httpx.AsyncClient(base_url=fake.url) as client:
        fake.troubles.append(Trouble(stalls=True))
        with pytest.raises(SourceError, match="no whole answer"):
            await Link(client, fake.channel, ["field1"], answer_s=0.2).page(NOW_S * 1000, None)


async def test_a_key_file_that_holds_no_key_is_named_and_not_shown(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("SECRET with blanks")
    async with thingspeak() as fake:
        with pytest.raises(SourceError, match="key_file") as caught:
            await source(fake, key_file).feed(Taken().put, None)
        key_file.unlink()
        with pytest.raises(SourceError, match="No such file"):
            await source(fake, key_file).feed(Taken().put, None)
    assert "SECRET" not in str(caught.value)


def test_a_key_travels_only_where_nobody_reads_it() -> None:
    settings = {
        "name": "c",
        "channel": 1,
        "device": "d",
        "fields": [{"field": 1, "metric": "m"}],
        "key_file": "k",
    }
    for server in ("https://ts.example.org", "http://127.0.0.1:8", "http://localhost", "http://[::1]:80"):
        msgspec.convert({**settings, "kind": "thingspeak", "server": server}, ThingSpeak)
    with pytest.raises(msgspec.ValidationError, match="use https://"):
        msgspec.convert({**settings, "kind": "thingspeak", "server": "http://ts.example.org"}, ThingSpeak)


async def test_a_cursor_of_something_else() -> None:
    async with thingspeak() as fake:
        with pytest.raises(SourceError, match="new name"):
            await source(fake).feed(Taken().put, "[1,2]")
