"""What goes wrong between the poller and a server: every trouble a sentence, and the key kept."""

import asyncio
import gzip
import logging
from pathlib import Path

import httpx
import msgspec
import pytest

from firmware_bridge.fields import Field
from firmware_bridge.source import SourceError
from firmware_bridge.thingspeak.link import Link
from firmware_bridge.thingspeak.thingspeak import ThingSpeak
from tests.fakes.thingspeak import Trouble, thingspeak
from tests.firmware_bridge.polling import NOW_S, polling, reaches, source
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async

KEY = "READKEY000000001"


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
        with pytest.raises(SourceError, match="No such file") as gone:
            await source(fake, key_file).feed(Taken().put, None)
    assert str(key_file) not in str(gone.value), "it may be the key itself"
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


@pytest.mark.parametrize(
    "server",
    ["https://a..b", "https://" + "a" * 64, "https://ts.example.org:99999", "https://ts.example.org:x"],
)
def test_a_server_that_nobody_can_look_up(server: str) -> None:
    with pytest.raises(ValueError, match=r"server|Port"):
        ThingSpeak(name="c", channel=1, device="d", fields=[Field(field=1, metric="m")], server=server)


async def test_a_cursor_of_something_else() -> None:
    async with thingspeak() as fake:
        with pytest.raises(SourceError, match="new name"):
            await source(fake).feed(Taken().put, "[1,2]")


async def test_another_channel_under_the_same_name_is_not_passed_over() -> None:
    async with thingspeak() as fake, thingspeak(channel=4202) as other:
        fake.write(NOW_S, field1="1")
        other.write(NOW_S, field1="2")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 1)
        with pytest.raises(
            SourceError, match=r"channel 4202 on .* is not what was read under this name, channel"
        ):
            await asyncio.wait_for(source(other).feed(taken.put, taken.cursor), 10)


async def test_a_channel_that_was_cleared_is_read_anew() -> None:
    async with thingspeak() as fake:
        for n in range(5):
            fake.write(NOW_S - 100 + n, field1="1")
        taken = Taken()
        async with polling(fake, taken):
            await reaches(taken, 5)
        fake.entries.clear()
        fake.write(NOW_S - 10, field1="2")
        async with polling(fake, taken):
            await until_async(
                lambda: '"restarted_at":1' in str(taken.cursor), 30, "the lower number is noted"
            )
        taken.cursor = str(taken.cursor).replace('"restarted_at":1', '"restarted_at":')  # long ago
        with pytest.raises(SourceError, match="was cleared, its numbers began anew"):
            await asyncio.wait_for(source(fake).feed(taken.put, taken.cursor), 10)
        async with polling(fake, taken):
            await reaches(taken, 6)
    assert taken.readings[-1].value == 0.02
