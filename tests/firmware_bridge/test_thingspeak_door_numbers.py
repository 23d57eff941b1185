"""Parameters, times and numbers as clients write them, and slices of time."""

import contextlib
from datetime import UTC, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import instant
from firmware_bridge.thingspeak_door import moment, query
from firmware_bridge.thingspeak_door.numbers import number, rounded
from firmware_bridge.thingspeak_door.query import RESULTS_LIMIT, Slices
from firmware_bridge.thingspeak_door.slices import Item, draw
from protocol.reading import EARLIEST_AT, LATEST_AT

KOLKATA = ZoneInfo("Asia/Kolkata")
MOMENT = instant.parse("2017-07-15T10:26:00Z")
TIMES = st.integers(EARLIEST_AT, LATEST_AT - 1)
ZONES = st.sampled_from([UTC, KOLKATA, ZoneInfo("America/New_York"), timezone(timedelta(hours=-9.5))])

WRITTEN = [
    pytest.param("2017-07-15 10:26:00", UTC, MOMENT, id="without a zone it is in the one that is asked for"),
    pytest.param("2017-07-15 15:56:00", KOLKATA, MOMENT, id="and may be another"),
    pytest.param("2017-07-15T10:26:00Z", KOLKATA, MOMENT, id="its own zone wins"),
    pytest.param("2017-07-15 10:26:00 UTC", KOLKATA, MOMENT, id="by its name"),
    pytest.param("2017-07-15 15:56:00 +0530", UTC, MOMENT, id="as an offset"),
    pytest.param("2017-07-15T15:56:00+05:30", UTC, MOMENT, id="with a colon"),
    pytest.param("2017-07-15T15:56:00 05:30", UTC, MOMENT, id="whose plus became a blank on the way"),
    pytest.param("2017-07-15T05:26:00-0500", UTC, MOMENT, id="to the west"),
    pytest.param("2017-07-15T10:26", UTC, MOMENT, id="without seconds"),
    pytest.param(" 2017-07-15T10:26:00.1234567Z\r\n", UTC, MOMENT + 123, id="with a fraction"),
    pytest.param("2017-07-15", UTC, MOMENT - (10 * 60 + 26) * 60_000, id="a day begins at midnight"),
    pytest.param("1500114360", KOLKATA, MOMENT, id="seconds since 1970"),
]


@pytest.mark.parametrize(("text", "zone", "at"), WRITTEN)
def test_a_time_is_read(text: str, zone: tzinfo, at: int) -> None:
    assert moment.parse(text, zone) == at


@pytest.mark.parametrize(
    "text", ["", "now", "2017-02-30", "2017-07-15 25:00:00", "2017-07-15T10:26:00+99:00", "0000-01-01", "12"]
)
def test_what_is_no_time_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        moment.parse(text, UTC)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Asia", "A" * 300, "a\0b"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not known here"):
        instant.zone_of(name)


@given(st.text(), ZONES)
def test_any_text_is_a_time_or_none(text: str, zone: tzinfo) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(moment.parse(text, zone), int)


@given(TIMES, ZONES)
def test_a_time_that_is_served_is_read_back(at: int, zone: tzinfo) -> None:
    for written in (moment.text(at, zone), moment.csv_text(at, zone)):
        assert moment.parse(written, UTC) == instant.parse(written) == at // 1000 * 1000


NUMBERS = [
    pytest.param("26.456", "26.46", id="a number"),
    pytest.param("26,456", "26,46", id="keeps its decimal comma"),
    pytest.param("30.68\n\n", "30.68", id="that ends in line ends"),
    pytest.param("1e2", "100.00", id="an exponent"),
    pytest.param("1,000.5", "1,000.5", id="a comma for thousands is none"),
    pytest.param("nan", "nan", id="nan stays"),
    pytest.param("1e999", "1e999", id="what no float holds stays"),
    pytest.param("pump on", "pump on", id="text stays"),
    pytest.param("", "", id="nothing stays"),
    pytest.param(None, None, id="null stays"),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_a_value_is_rounded(text: str | None, expected: str | None) -> None:
    assert rounded(text, 2) == expected


@given(st.text(), st.integers(0, 15))
def test_a_rounded_value_is_as_much_a_number_as_before(text: str, places: int) -> None:
    assert (number(text) is None) == (number(rounded(text, places)) is None)


@given(
    st.lists(TIMES, min_size=1, max_size=20).map(sorted),
    st.sampled_from([10, 15, 20, 30, 60, 240, 720, 1440]),
    ZONES,
)
def test_slices_hold_every_item_once(times: list[int], minutes: int, zone: tzinfo) -> None:
    width = minutes * 60_000
    drawn = draw([Item(at, ("1",)) for at in times], Slices("sum", width), zone)
    assert len(drawn) <= RESULTS_LIMIT
    assert all(later.at - item.at == width for item, later in pairwise(drawn))
    assert drawn[-1].at <= times[-1] < drawn[-1].at + width
    inside = [at for at in times if at >= drawn[0].at]
    assert sum(float(item.values[0] or 0) for item in drawn) == len(inside)
    assert len(inside) == len(times) or len(drawn) == RESULTS_LIMIT


@given(st.dictionaries(st.sampled_from(["results", "days", "minutes", "start", "end", "offset"]), st.text()))
def test_any_parameters_give_a_bounded_query(parameters: dict[str, str]) -> None:
    decoded = query.decode(parameters, MOMENT)
    assert 0 <= decoded.newest <= RESULTS_LIMIT
    assert decoded.since >= -(2**63)
    assert decoded.until < 2**63
