"""Lines as nodes and receivers write them: golden cases, and any bytes at all.

A case is a folder with the settings of the link, `line.bin` as it came after a line end, and
`expected.json`: the readings as [point, value, quality words], with the time where it is the node's own,
and the rejects as [where, reason].
"""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.serial_lines.serial_lines import SerialLines, Told
from firmware_bridge.serial_lines.splitter import LINE_LIMIT, Splitter
from protocol.reading import words

CASES = Path(__file__).parent / "cases" / "serial_lines"
HEARD_AT = 1_750_000_000_000


def settings(text: str) -> SerialLines:
    return msgspec.convert({"name": "radio", "port": "/dev/ttyUSB0"} | tomllib.loads(text), SerialLines)


def told(source: SerialLines, line: bytes) -> list[Told]:
    splitter = Splitter()
    cuts = splitter.split(b"\n" + line)
    return [Told([], [], wrong) if wrong else source.decode(raw, HEARD_AT) for raw, wrong in cuts]


def readings(all_told: list[Told]) -> list[list[Any]]:
    return [
        [reading.point, reading.value, words(reading.quality)]
        + ([reading.at] if reading.at != HEARD_AT else [])
        for told in all_told
        for reading in told.readings
    ]


def rejects(all_told: list[Told]) -> list[list[str]]:
    return [
        [where, reason]
        for told in all_told
        for where, reason in ([("a line", told.refused)] if told.refused else told.wrong)
    ]


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case: Path) -> None:
    found = told(settings((case / "settings.toml").read_text()), (case / "line.bin").read_bytes())
    expected = msgspec.json.decode((case / "expected.json").read_bytes())
    assert readings(found) == expected["readings"]
    assert rejects(found) == expected["rejects"]


NODE = {"device": "oht-1", "id": "N01", "fields": [{"field": "L", "metric": "distance", "unit": "cm"}]}
COLUMNS = {"device": "oht-1", "fields": [{"field": 3, "metric": "distance", "unit": "cm"}]}
LINKS = [
    settings('[[devices]]\ndevice = "d"\nfields = [{ field = "L", metric = "l", unit = "cm" }]'),
    settings('[[devices]]\ndevice = "d"\nfields = [{ field = 1, metric = "l" }]'),
    settings('id_field = 2\n[[devices]]\ndevice = "d"\nid = "7"\nfields = [{ field = 1, metric = "l" }]'),
    settings(
        'time_field = "t"\n[[devices]]\ndevice = "d"\nid = "7"\nfields = [{ field = "L", metric = "l" }]'
    ),
    settings('checksum = "sum"\n[[devices]]\ndevice = "d"\nfields = [{ field = "a.b", metric = "l" }]'),
]
# Bytes at random are hardly ever a record; what lines are made of often is.
PIECES = st.sampled_from(
    ["L", "=", "7", "7:", ",", ";", "&", " ", "\n", "\r", "\0", "3.7", "nan", '{"', '":', "}", "*", "5A", "t"]
)
NOISE = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(lambda p: "".join(p).encode()))


@given(st.sampled_from(LINKS), NOISE)
def test_any_bytes_are_readings_or_a_reject(link: SerialLines, noise: bytes) -> None:
    for line in told(link, noise + b"\n"):
        assert line.refused or line.wrong or all(reading.point == "d/l" for reading in line.readings)
        assert not (line.refused and line.readings)


@given(st.lists(NOISE, max_size=20))
def test_where_the_bytes_are_cut_changes_nothing(pieces: list[bytes]) -> None:
    whole, cut = Splitter(), Splitter()
    assert [c for piece in pieces for c in cut.split(piece)] == whole.split(b"".join(pieces))


@given(st.lists(st.binary(max_size=3_000), max_size=5))
def test_what_has_no_line_end_is_not_kept(pieces: list[bytes]) -> None:
    splitter = Splitter()
    for piece in pieces:
        assert all(len(cut.raw) <= LINE_LIMIT for cut in splitter.split(piece))
    assert len(splitter.split(b"\n")) <= 1


CHECKED = settings(
    'checksum = "xor"\n[[devices]]\ndevice = "d"\nid = "N01"\n'
    'fields = [{ field = "L", metric = "l" }, { field = "B", metric = "b" }]'
)


@given(st.integers(0, 18), st.integers(0, 255))
def test_no_changed_byte_gets_past_a_checksum(place: int, byte: int) -> None:
    line = bytearray(b"N01:L=126,B=3.71*79")
    line[place] = byte
    values = [[reading.value for reading in told.readings] for told in told(CHECKED, bytes(line) + b"\n")]
    assert [found for found in values if found] in ([], [[126.0, 3.71]])


MISTAKES = [
    pytest.param([NODE, NODE], {}, "two devices have one id", id="one id twice"),
    pytest.param([NODE, {**NODE, "id": "N02"}], {}, "'distance' is given to two", id="one point twice"),
    pytest.param(
        [NODE, {"device": "oht-2", "fields": NODE["fields"]}],
        {},
        "a device has no id",
        id="a second without id",
    ),
    pytest.param([{**NODE, "id": None}], {"id_field": "id"}, "a device has no id", id="a place for no id"),
    pytest.param([NODE], {"id_field": 1}, "some fields have names", id="names and columns"),
    pytest.param([{**NODE, "columns": 3}], {}, "leave it out where they have names", id="a count of names"),
    pytest.param([{**COLUMNS, "columns": 2}], {}, "looked for in column 3", id="fewer columns than fields"),
    pytest.param([NODE], {"checksum": "crc"}, "crc", id="a checksum that is none"),
    pytest.param([NODE], {"port": ""}, "length", id="no port"),
]


@pytest.mark.parametrize(("devices", "more", "sentence"), MISTAKES)
def test_a_mistake_is_named(devices: list[Any], more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert({"name": "radio", "port": "/dev/x", "devices": devices} | more, SerialLines)
