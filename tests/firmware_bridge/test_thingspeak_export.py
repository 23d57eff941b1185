"""Exports as people have them: golden cases, crashes in between, and any bytes at all.

A case is a folder with the export and `expected.json`: the fields asked for, then the readings as
[point, time, value, quality words] and the rejects as [where, reason], or the sentence of the error.
"""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.fields import Field
from firmware_bridge.source import REJECT_TEXT_LIMIT, SourceError
from firmware_bridge.thingspeak_export.records import RECORD_LIMIT
from firmware_bridge.thingspeak_export.thingspeak_export import CHUNK, ThingSpeakExport
from protocol.reading import Reading, words
from tests.firmware_bridge.taken import Full, Taken

CASES = Path(__file__).parent / "cases" / "thingspeak_export"
HEADER = b"created_at,entry_id,field1,field2\n"


def source(path: Path, *fields: Field) -> ThingSpeakExport:
    asked = list(fields) or [Field(field=1, metric="level"), Field(field=2, metric="battery")]
    return ThingSpeakExport(name="export", path=str(path), device="oht-1", fields=asked)


async def replayed(path: Path, *fields: Field) -> Taken:
    taken = Taken()
    await source(path, *fields).feed(taken.put, None)
    return taken


def spelled(reading: Reading) -> list[Any]:
    at = datetime.fromtimestamp(reading.at / 1000, UTC).isoformat()
    return [reading.point, at, reading.value, words(reading.quality)]


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
async def test_case(case: Path) -> None:
    expected = msgspec.json.decode((case / "expected.json").read_bytes())
    fields = [msgspec.convert(field, Field) for field in expected["fields"]]
    export = next(case / name for name in ("feeds.csv", "feeds.json") if (case / name).is_file())
    if "error" in expected:
        with pytest.raises(SourceError) as caught:
            await replayed(export, *fields)
        assert str(caught.value).replace(str(export), export.name) == expected["error"]
        return
    taken = await replayed(export, *fields)
    assert [spelled(reading) for reading in taken.readings] == expected["readings"]
    assert [[reject.where, reject.reason] for reject in taken.rejects] == expected["rejects"]


def many(path: Path, count: int) -> Path:
    """Rows of every kind, so many of them."""
    kinds = [
        "2024-01-01T{0:02d}:{1:02d}:{2:02d}+00:00,{3},{3},3.7\n",
        '2024-01-01T{0:02d}:{1:02d}:{2:02d}+00:00,{3},"{3}\n\n",nan\n',
        "2024-01-01T{0:02d}:{1:02d}:{2:02d}+00:00,{3},26,5,3,7\n",
        "\n2024-01-01T{0:02d}:{1:02d}:{2:02d}+00:00,{3},,\n",
    ]
    rows = (kinds[n % 4].format(n // 3600, n // 60 % 60, n % 60, n) for n in range(count))
    path.write_text("created_at,entry_id,field1,field2\n" + "".join(rows))
    return path


@pytest.mark.parametrize("broken", range(1, 8))
async def test_a_crash_at_any_put_loses_and_doubles_nothing(tmp_path: Path, broken: int) -> None:
    path = many(tmp_path / "feeds.csv", 1_500)
    whole = await replayed(path)
    taken = Taken(fail_at=broken)
    with pytest.raises(Full):
        await source(path).feed(taken.put, None)
    await source(path).feed(taken.put, taken.cursor)
    assert (taken.readings, taken.rejects) == (whole.readings, whole.rejects)
    assert len(whole.sizes) == 7
    assert max(whole.sizes) <= CHUNK + 2


async def test_a_json_export_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "feeds.json"
    entry = '{"created_at":"2024-01-01T00:%02d:%02dZ","entry_id":%d,"field1":"%d","field2":null}'
    entries = ",\n ".join(entry % (n // 60, n % 60, n, n) for n in range(1_000))
    path.write_text('{"channel":{"id":1,"name":"\\"feeds\\""},"feeds":[' + entries + "]}")
    taken = Taken(fail_at=3)
    with pytest.raises(Full):
        await source(path).feed(taken.put, None)
    await source(path).feed(taken.put, taken.cursor)
    assert [reading.value for reading in taken.readings] == list(range(1_000))
    assert taken.rejects == []


async def test_a_replayed_export_is_not_replayed_again_and_may_be_tidied_away(tmp_path: Path) -> None:
    path = many(tmp_path / "feeds.csv", 20)
    taken = await replayed(path)
    before = list(taken.readings)
    await source(path).feed(taken.put, taken.cursor)
    path.unlink()
    await source(path).feed(taken.put, taken.cursor)
    assert taken.readings == before


async def test_another_file_in_its_place_is_noticed(tmp_path: Path) -> None:
    path = many(tmp_path / "feeds.csv", 1_500)
    taken = Taken(fail_at=3)
    with pytest.raises(Full):
        await source(path).feed(taken.put, None)
    path.write_bytes(path.read_bytes().replace(b"01T00:00:00", b"02T00:00:00"))
    with pytest.raises(SourceError, match="not the file that was replayed up to record 4"):
        await source(path).feed(taken.put, taken.cursor)


async def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"feeds\.csv: No such file or directory; put the export there"):
        await replayed(tmp_path / "feeds.csv")
    with pytest.raises(SourceError, match="Is a directory"):
        await replayed(tmp_path)
    with pytest.raises(SourceError, match="new name"):
        await source(tmp_path).feed(Taken().put, "{}")


@pytest.mark.parametrize(
    "nothing",
    [
        pytest.param(HEADER + b"\n" * 300_000, id="blank lines"),
        pytest.param(HEADER + b"5" * 30_000_000, id="a line without end"),
        pytest.param(b'{"feeds":[' + b" " * 5_000_000, id="JSON of blanks"),
    ],
)
async def test_a_file_of_nothing_does_not_hold_up_the_others(tmp_path: Path, nothing: bytes) -> None:
    path = tmp_path / "feeds"
    path.write_bytes(nothing)
    turns = 0
    async with asyncio.TaskGroup() as tasks:
        replay = tasks.create_task(replayed(path))
        while not replay.done():
            turns += 1
            await asyncio.sleep(0)
    assert turns > 2  # done by the loop itself it would be 1


ROW = st.sampled_from(
    [
        b"2024-01-01T00:00:00+00:00,1,2,3\n",
        b"2024-01-01 00:00:00 UTC,1,2,3\r\n",
        b'"2024-01-01T00:00:00+00:00,1,2,""a, b"""\n',
        b'2024-01-01T00:00:00Z,1,"2\n\n",nan\n',
        b'2024-01-01T00:00:00Z,1,"2\n',
        b"2024-01-01T00:00:00Z,1,26,5,3\n",
        b'{"created_at":"2024-01-01T00:00:00Z","entry_id":1,"field1":"1","field2":null}',
        b'{"created_at"',
        b",",
        b"\n",
        b"]}",
        b'"',
        b"\\",
    ]
)
PIECE = st.one_of(
    ROW, ROW, st.binary(max_size=40), st.binary(max_size=3).map(lambda some: some * RECORD_LIMIT)
)
START = st.sampled_from(
    [b"", HEADER, b"\xef\xbb\xbf" + HEADER, b'{"channel":{},"feeds":[', b"{", b"\xff\xfe"]
)


@given(START, st.lists(PIECE, max_size=12))
async def test_any_bytes_are_readings_or_rejects_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-feeds"
    path.write_bytes(start + b"".join(pieces))
    try:
        taken = await replayed(path)
    except SourceError:
        return
    assert all(len(reject.text) <= REJECT_TEXT_LIMIT and reject.reason for reject in taken.rejects)
    assert all(reading.point in ("oht-1/level", "oht-1/battery") for reading in taken.readings)
    again = Taken()
    await source(path).feed(again.put, taken.cursor)
    assert again.sizes == []


@given(st.lists(st.sampled_from(["good", "blank", "short", "bad number", "bad time"]), max_size=60))
async def test_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, rows: list[str]) -> None:
    text = {
        "good": "2024-01-01T00:00:{:02d}Z,1,5,6\n",
        "blank": "\n",
        "short": "2024-01-01T00:00:{:02d}Z,1,5\n",
        "bad number": "2024-01-01T00:00:{:02d}Z,1,five,6\n",
        "bad time": "yesterday,1,5,6\n",
    }
    path = tmp_path_factory.getbasetemp() / "rows-feeds.csv"
    path.write_bytes(HEADER + "".join(text[row].format(n) for n, row in enumerate(rows)).encode())
    taken = await replayed(path)
    assert len(taken.readings) == 2 * rows.count("good") + rows.count("bad number")
    assert len(taken.rejects) == len(rows) - rows.count("good") - rows.count("blank")


PAD = b"x" * 250  # a status as long as they get
ENTRY = b'{"created_at":"2024-01-01T00:00:00Z","field1":"5","field2":"6","status":"%s"},' % PAD
BIG = [
    pytest.param(HEADER, b"2024-01-01T00:00:00Z,1,5,6" + b" " * 250 + b"\n", id="rows"),
    pytest.param(HEADER, PAD, id="one line without end"),
    pytest.param(HEADER + b'"', PAD + b"\n", id="a quote that never closes"),
    pytest.param(b'{"feeds":[', ENTRY, id="JSON"),
    pytest.param(b'{"feeds":[{"created_at":"', PAD, id="a string without end"),
    pytest.param(b'{"feeds":[', b" " * 250, id="nothing, at length"),
]
GROWTH = """
import asyncio, resource, sys
from firmware_bridge.fields import Field
from firmware_bridge.thingspeak_export.thingspeak_export import ThingSpeakExport

async def put(readings, cursor=None, rejects=()):
    global taken
    taken += len(readings) + len(rejects)

taken = 0
fields = [Field(field=1, metric="a"), Field(field=2, metric="b")]
source = ThingSpeakExport(name="x", path=sys.argv[1], device="d", fields=fields)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
asyncio.run(source.feed(put, None))
print(taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(("start", "piece"), BIG)
def test_a_big_file_is_never_in_memory(tmp_path: Path, start: bytes, piece: bytes) -> None:
    path = tmp_path / "feeds"
    with path.open("wb") as file:
        file.write(start)
        for _ in range(12):
            file.write(piece * (1_000_000 // len(piece)))
    command = [sys.executable, "-c", GROWTH, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    taken, grown_kb = map(int, done.stdout.split())
    assert taken > 0
    assert grown_kb < 6_000
