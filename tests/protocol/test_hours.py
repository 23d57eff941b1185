"""Hours as clocks of a place show them, also where summer time moves them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import hours
from protocol.hours import Hours
from tests.zones import moment, offset

CONTAINS = [
    pytest.param(Hours("01:00", "04:00"), "2026-01-05T01:00+05:30", True, id="from its first minute"),
    pytest.param(Hours("01:00", "04:00"), "2026-01-05T03:59:59+05:30", True, id="to its last"),
    pytest.param(Hours("01:00", "04:00"), "2026-01-05T04:00+05:30", False, id="the end is outside"),
    pytest.param(Hours("01:00", "04:00"), "2026-01-05T02:00+00:00", False, id="by clocks there"),
    pytest.param(Hours("22:00", "06:00"), "2026-01-05T23:00+05:30", True, id="before midnight"),
    pytest.param(Hours("22:00", "06:00"), "2026-01-05T05:59+05:30", True, id="past midnight"),
    pytest.param(Hours("22:00", "06:00"), "2026-01-05T12:00+05:30", False, id="but not at noon"),
    pytest.param(Hours("17:00", "24:00"), "2026-01-05T23:59+05:30", True, id="to midnight"),
    pytest.param(Hours("09:00", "17:00", [0]), "2026-01-05T10:00+05:30", True, id="a Monday"),
    pytest.param(Hours("09:00", "17:00", [0]), "2026-01-06T10:00+05:30", False, id="a Tuesday"),
    pytest.param(
        Hours("22:00", "06:00", [0]), "2026-01-06T05:00+05:30", True, id="the night that Monday began"
    ),
    pytest.param(Hours("22:00", "06:00", [0]), "2026-01-05T05:00+05:30", False, id="not the one before"),
]


@pytest.mark.parametrize(("value", "at", "expected"), CONTAINS)
def test_contains(value: Hours, at: str, expected: bool) -> None:
    assert hours.contains(value, moment(at), offset("Asia/Kolkata")) is expected


STARTS = [
    pytest.param(Hours("08:00", "09:00"), "2026-01-05T07:59Z", "2026-01-05T08:00Z", "UTC", id="today"),
    pytest.param(
        Hours("08:00", "09:00"), "2026-01-05T08:00Z", "2026-01-06T08:00Z", "UTC", id="strictly after"
    ),
    pytest.param(
        Hours("08:00", "09:00", [6]), "2026-01-05T08:00Z", "2026-01-11T08:00Z", "UTC", id="next Sunday"
    ),
    pytest.param(
        Hours("08:00", "09:00"),
        "2026-03-28T12:00+01:00",
        "2026-03-29T08:00+02:00",
        "Europe/Berlin",
        id="after summer time began",
    ),
    pytest.param(
        Hours("02:30", "05:00"),
        "2026-03-29T00:00+01:00",
        "2026-03-29T03:30+02:00",
        "Europe/Berlin",
        id="at half past two, which is skipped",
    ),
    pytest.param(
        Hours("02:30", "05:00"),
        "2026-10-25T00:00+02:00",
        "2026-10-25T02:30+02:00",
        "Europe/Berlin",
        id="at half past two, which comes twice: the first time",
    ),
]


@pytest.mark.parametrize(("value", "at", "expected", "zone"), STARTS)
def test_next_start(value: Hours, at: str, expected: str, zone: str) -> None:
    assert hours.next_start(value, moment(at), offset(zone)) == moment(expected)


@given(
    at=st.integers(moment("2026-01-01T00:00Z"), moment("2027-01-01T00:00Z")),
    zone=st.sampled_from(["UTC", "Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe"]),
    start=st.integers(0, 1439),
    day=st.integers(0, 6),
)
def test_hours_begin_within_a_week_and_hold_then(at: int, zone: str, start: int, day: int) -> None:
    value = Hours(f"{start // 60:02}:{start % 60:02}", "24:00", [day])
    begins = hours.next_start(value, at, offset(zone))
    assert at < begins <= at + 8 * hours.DAY
    assert hours.contains(value, begins, offset(zone))


@pytest.mark.parametrize("text", ["24:00", "7:30", "07:60", "noon", ""])
def test_hours_are_written_as_on_a_clock(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"start": text, "end": "12:00"}, Hours)
