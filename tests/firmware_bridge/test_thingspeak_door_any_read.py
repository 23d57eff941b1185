"""Whatever is asked, there is an answer: bounded, well formed, and with the values as they came."""

import csv
import io
import json
from collections.abc import Sequence
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.history import FIELDS, Entry
from firmware_bridge.lan.http import CSV, JSON, XML, Response
from firmware_bridge.lan.request import Request
from firmware_bridge.thingspeak_door import reads
from firmware_bridge.thingspeak_door.query import RESULTS_LIMIT
from protocol.reading import EARLIEST_AT, LATEST_AT
from tests.firmware_bridge.door_reads import NOW, channel
from tests.firmware_bridge.remembered import Remembered

PUBLIC = channel(read_key=None)
FULL = "x" * 255

VALUES = st.none() | st.sampled_from(["1", "26,5", "nan", "0\r\n\r\n", '"a",\nb', "1e999", "-0"]) | st.text()
PATHS = st.sampled_from(
    ["", "/feeds", "/feed/last", "/feeds/1", "/feeds/last_data_age", "/field/1", "/fields/2/last", "/status"]
)
ENDINGS = st.sampled_from(["", ".json", ".csv", ".xml", ".txt"])
NAMES = st.sampled_from(
    ["results", "days", "minutes", "start", "end", "timezone", "offset", "status", "location", "metadata"]
) | st.sampled_from(["callback", "round", "min", "max", "timescale", "sum", "average", "median", "api_key"])
WORDS = st.sampled_from(
    ["0", "1", "10", "1440", "daily", "true", "99999999999", "-1", "1e308", "f", "nan", "UTC", "Asia/Kolkata"]
) | st.sampled_from(["2026-01-05", "2100-01-01 00:00:00"])


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    times = sorted(draw(st.sets(st.integers(EARLIEST_AT, LATEST_AT - 1), max_size=6)))
    rows = [draw(st.lists(VALUES, min_size=FIELDS, max_size=FIELDS)) for _ in times]
    return [
        Entry(
            channel=4201,
            id=number,
            at=at,
            fields=tuple(fields),
            status=draw(VALUES),
            latitude=draw(VALUES),
            longitude=draw(VALUES),
            elevation=draw(VALUES),
        )
        for number, (at, fields) in enumerate(zip(times, rows, strict=True), 1)
    ]


async def asked(path: str, query: dict[str, str], kept: Sequence[Entry]) -> tuple[Response, Remembered]:
    history = Remembered(kept)
    request = Request(method="GET", path=f"/channels/4201{path}", query=query)
    return await reads.answer(request, PUBLIC, history, NOW), history


@given(PATHS, ENDINGS, st.dictionaries(NAMES, WORDS | st.text(), max_size=6), entries())
async def test_any_question_has_an_answer(
    path: str, ending: str, query: dict[str, str], kept: list[Entry]
) -> None:
    answer, history = await asked(path + ending, query, kept)
    assert answer.status in (200, 404)
    assert all(0 < newest <= RESULTS_LIMIT for newest in history.asked)
    if answer.content_type == JSON:
        assert len(json.loads(answer.body).get("feeds", ())) <= RESULTS_LIMIT
    elif answer.content_type == XML:
        ElementTree.fromstring(answer.body)  # noqa: S314 - it is the answer of our own door
    elif answer.content_type == CSV:
        widths = {len(row) for row in csv.reader(io.StringIO(answer.body.decode(), newline=""))}
        assert len(widths) == 1


@given(st.text())
async def test_any_path_has_an_answer(path: str) -> None:
    answer, _ = await asked(path, {}, [])
    assert answer.status in (200, 404)


@given(entries())
async def test_values_come_back_as_they_came(kept: list[Entry]) -> None:
    query = {"location": "true", "status": "true", "start": "1999-12-31"}
    in_json, _ = await asked("/feeds.json", query, kept)
    in_csv, _ = await asked("/feeds.csv", query, kept)
    feeds = json.loads(in_json.body)["feeds"]
    rows = list(csv.DictReader(io.StringIO(in_csv.body.decode(), newline="")))
    for entry, feed, row in zip(kept, feeds, rows, strict=True):
        came = {f"field{k}": value for k, value in enumerate(entry.fields, 1)}
        came |= {"status": entry.status, "latitude": entry.latitude, "elevation": entry.elevation}
        for key, value in came.items():
            # A field without a meaning that no entry ever had does not appear.
            assert feed.get(key) == value
            assert row.get(key, "") == (value or "")


async def test_the_fullest_answer_has_no_more_than_8000_entries() -> None:
    kept = [
        Entry(channel=4201, id=k, at=EARLIEST_AT + k, fields=(FULL,) * FIELDS, status=FULL)
        for k in range(1, RESULTS_LIMIT + 2)
    ]
    answer, _ = await asked("/feeds.json", {"results": "100000"}, kept)
    feeds = json.loads(answer.body)["feeds"]
    assert [feeds[0]["entry_id"], feeds[-1]["entry_id"]] == [2, RESULTS_LIMIT + 1]
