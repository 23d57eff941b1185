"""Text to value, and time to milliseconds: what is taken, what is not, and what is never guessed."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import instant
from firmware_bridge.fields import Field, number, points_of, read
from protocol.reading import Point, Quality, Reading

NUMBERS = [
    pytest.param("26.5", 26.5, id="plain"),
    pytest.param("30.68\n\n", 30.68, id="the firmware sent newlines too"),
    pytest.param("0\r\n\r\n", 0.0, id="and so did this one"),
    pytest.param("00042", 42.0, id="zero-padded"),
    pytest.param("-1.50E+03", -1500.0, id="exponent"),
    pytest.param("1e-7", 1e-7, id="exponent without a dot"),
    pytest.param(".5", 0.5, id="no digit before the dot"),
    pytest.param("5.", 5.0, id="no digit after it"),
    pytest.param("28.700000000000003", 28.700000000000003, id="float noise is kept to the last bit"),
    pytest.param(7, 7.0, id="a number in JSON"),
    pytest.param("", None, id="empty is nothing"),
    pytest.param(" \n", None, id="blank is nothing"),
    pytest.param(None, None, id="null is nothing"),
    pytest.param("null", None, id="null in words is nothing"),
]


@pytest.mark.parametrize(("raw", "value"), NUMBERS)
def test_a_number_is_read(raw: str | int | None, value: float | None) -> None:
    assert number(raw) == value


@pytest.mark.parametrize("raw", ["nan", "NaN", "-nan", "inf", "-INF", "ovf", "1e999", 10**400, "nan\n\n"])
def test_a_sensor_that_says_it_has_no_value_is_a_fault_without_one(raw: str | int) -> None:
    readings, wrong = read("oht-1", [Field(field=1, metric="level", unit="cm")], [raw], 5)
    assert (readings, wrong) == ([Reading("oht-1/level", 5, None, Quality.FAULT)], [])


@pytest.mark.parametrize(
    "raw", ["26,5", "1_000", "0x10", "٣", "12 cm", "1.2.3", "--1", "1e", "true", "118,118"]
)
def test_what_is_no_number_is_not_guessed_at(raw: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        number(raw)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_prints_comes_back_to_the_last_bit(value: float) -> None:
    assert number(repr(value)) == value


@given(st.text(max_size=300))
def test_any_text_is_a_number_nothing_or_wrong(text: str) -> None:
    try:
        value = number(text)
    except ValueError:
        return
    assert value is None or isinstance(value, float)


def test_a_value_is_kept_in_the_canonical_unit() -> None:
    fields = [
        Field(field="field2", metric="level", unit="cm"),
        Field(field=3, metric="temperature", unit="degF"),
        Field(field=4, metric="raw"),
    ]
    readings, _ = read("oht-1", fields, ["123", "212", "-3"], 5)
    assert [reading.value for reading in readings] == [1.23, 100.0, -3.0]
    assert points_of("oht-1", fields, 60.0) == [
        Point("oht-1/level", "m", 60.0),
        Point("oht-1/temperature", "°C", 60.0),
        Point("oht-1/raw", "", 60.0),
    ]


def test_a_wrong_field_leaves_its_neighbours() -> None:
    readings, wrong = read("d", [Field(field=1, metric="a"), Field(field=2, metric="b")], ["26,5", "1"], 5)
    assert [reading.point for reading in readings] == ["d/b"]
    assert wrong == [("field1", "'26,5' is no number, a decimal comma")]


def test_a_value_too_great_for_its_unit_is_a_fault() -> None:
    readings, _ = read("d", [Field(field=1, metric="v", unit="m3")], ["1e308"], 5)
    assert readings == [Reading("d/v", 5, None, Quality.FAULT)]


MISTAKES = [
    pytest.param({"field": 9, "metric": "level"}, "<= 8", id="no ninth field"),
    pytest.param({"field": 1, "metric": "a/b"}, "regex", id="a slash is the end of the device"),
    pytest.param({"field": 1, "metric": "level", "unit": "furlong"}, 'unknown unit "furlong"', id="unit"),
    pytest.param({"field": 1, "metric": "level", "units": "m"}, "units", id="misspelt key"),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_in_the_settings_is_named(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert(settings, Field)


TIMES = [
    ("2023-05-02T09:21:52+02:00", 1_683_012_112_000),
    ("2022-03-24T14:11:05+05:30", 1_648_111_265_000),
    ("2025-10-12T06:49:25+00:00", 1_760_251_765_000),
    ("2020-03-01 17:47:27 UTC", 1_583_084_847_000),
    ("2016-11-22 07:20:00 -0500", 1_479_817_200_000),
    ("2019-02-20T22:07:28Z", 1_550_700_448_000),
    ("2014-02-26T12:42:49-05:00", 1_393_436_569_000),
    ("2019-02-20T22:07:28.250Z", 1_550_700_448_250),
]


@pytest.mark.parametrize(("text", "at"), TIMES)
def test_every_form_of_time(text: str, at: int) -> None:
    assert instant.parse(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "2023-05-02T09:21:52",
        "2023-05-02",
        "1683012112",
        "2023-02-30T00:00:00Z",
        "2023-01-01T25:00:00Z",
        "2023-01-01T00:00:00+99:00",
        "1970-01-01T00:00:00Z",
        "2100-01-01T00:00:00Z",
        "02/05/2023 09:21",
        "",
    ],
)
def test_a_time_that_is_not_certain_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no"):
        instant.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert 946_684_800_000 <= instant.parse(text) < 4_102_444_800_000
