"""When a maintenance window is open, by the clocks of its site, and what it covers."""

import itertools
from typing import Any

import msgspec
import pytest

from cloud.alerting.maintenance import covers, open_until, openings
from cloud.alerting.subject import Subject
from cloud.store.maintenance import Window
from protocol.rule import Severity
from tests.zones import moment, offset

ONCE = Window(since=moment("2026-03-22T01:00+01:00"), until=moment("2026-03-22T05:00+01:00"))
# Every Sunday from one to five; the second time summer time begins in between.
WEEKLY = msgspec.structs.replace(ONCE, weekly=True)
OVERNIGHT = msgspec.structs.replace(
    WEEKLY, since=moment("2026-03-21T22:00+01:00"), until=moment("2026-03-22T06:00+01:00")
)
ENDED = msgspec.structs.replace(WEEKLY, ended_at=moment("2026-03-22T03:00+01:00"))
SKIPPED = msgspec.structs.replace(
    WEEKLY, since=moment("2026-03-22T02:30+01:00"), until=moment("2026-03-22T03:15+01:00")
)

OPEN = [
    pytest.param(ONCE, "2026-03-22T00:59+01:00", None, id="before"),
    pytest.param(ONCE, "2026-03-22T01:00+01:00", "2026-03-22T05:00+01:00", id="from its first moment"),
    pytest.param(ONCE, "2026-03-22T05:00+01:00", None, id="not at its end"),
    pytest.param(ONCE, "2026-03-29T02:00+02:00", None, id="once"),
    pytest.param(WEEKLY, "2026-03-15T02:00+01:00", None, id="not before the first"),
    pytest.param(WEEKLY, "2026-03-29T00:59+01:00", None, id="a minute before the second"),
    pytest.param(WEEKLY, "2026-03-29T04:59+02:00", "2026-03-29T05:00+02:00", id="across summer time"),
    pytest.param(WEEKLY, "2026-03-29T05:00+02:00", None, id="which makes it an hour shorter"),
    pytest.param(WEEKLY, "2026-10-25T04:59+01:00", "2026-10-25T05:00+01:00", id="and the other way"),
    pytest.param(ENDED, "2026-03-22T02:59+01:00", "2026-03-22T03:00+01:00", id="before it is ended early"),
    pytest.param(ENDED, "2026-03-22T03:00+01:00", None, id="and not from then on"),
    pytest.param(ENDED, "2026-03-29T04:00+02:00", None, id="nor again"),
    pytest.param(OVERNIGHT, "2026-03-29T05:59+02:00", "2026-03-29T06:00+02:00", id="past midnight"),
    pytest.param(OVERNIGHT, "2026-03-29T07:00+02:00", None, id="to the morning"),
]


@pytest.mark.parametrize(("window", "at", "expected"), OPEN)
def test_open_until(window: Window, at: str, expected: str | None) -> None:
    until = open_until(window, moment(at), offset("Europe/Berlin"))
    assert until == (None if expected is None else moment(expected))


OPENINGS = [
    pytest.param(
        ONCE, "2026-03-01T00:00+01:00", ["2026-03-22T01:00+01:00", "2026-03-22T05:00+01:00"], id="once"
    ),
    pytest.param(ONCE, "2026-03-22T05:00+01:00", [], id="no more"),
    pytest.param(
        WEEKLY,
        "2026-03-22T04:59+01:00",
        [
            *("2026-03-22T01:00+01:00", "2026-03-22T05:00+01:00"),
            *("2026-03-29T01:00+01:00", "2026-03-29T05:00+02:00"),
            *("2026-04-05T01:00+02:00", "2026-04-05T05:00+02:00"),
        ],
        id="three hours long as summer time begins",
    ),
    pytest.param(
        WEEKLY,
        "2026-10-24T00:00+02:00",
        [
            *("2026-10-25T01:00+02:00", "2026-10-25T05:00+01:00"),
            *("2026-11-01T01:00+01:00", "2026-11-01T05:00+01:00"),
        ],
        id="and five as it ends",
    ),
    pytest.param(
        SKIPPED,
        "2026-03-22T00:00+01:00",
        [
            *("2026-03-22T02:30+01:00", "2026-03-22T03:15+01:00"),
            *("2026-04-05T02:30+02:00", "2026-04-05T03:15+02:00"),
        ],
        id="not where its beginning is skipped past its end",
    ),
    pytest.param(
        ENDED,
        "2026-03-01T00:00+01:00",
        ["2026-03-22T01:00+01:00", "2026-03-22T03:00+01:00"],
        id="ended early",
    ),
]


@pytest.mark.parametrize(("window", "after", "expected"), OPENINGS)
def test_openings(window: Window, after: str, expected: list[str]) -> None:
    times = itertools.chain.from_iterable(openings(window, moment(after), offset("Europe/Berlin")))
    most = len(expected) if window.weekly and window.ended_at is None else None
    assert list(itertools.islice(times, most)) == [moment(one) for one in expected]


COVERS: list[Any] = [
    pytest.param({}, True, id="every site"),
    pytest.param({"site_id": 1}, True, id="the whole site"),
    pytest.param({"site_id": 2}, False, id="another site"),
    pytest.param({"device": "oht-1"}, True, id="a device"),
    pytest.param({"device": "oht-2"}, False, id="another device"),
    pytest.param({"point": "oht-1/level"}, True, id="a point"),
    pytest.param({"point": "oht-1/volume"}, False, id="another point"),
    pytest.param({"rules": ["r", "s"]}, True, id="its rule"),
    pytest.param({"rules": ["s"]}, False, id="other rules"),
    pytest.param({"ceiling": Severity.WARNING}, True, id="up to its severity"),
    pytest.param({"ceiling": Severity.INFO}, False, id="what is worse is told"),
]


@pytest.mark.parametrize(("fields", "expected"), COVERS)
def test_covers(fields: dict[str, Any], expected: bool) -> None:
    subject = Subject(
        alert="a", rule="r", site="1", point="oht-1/level", severity=Severity.WARNING, news_at=0
    )
    assert covers(msgspec.structs.replace(ONCE, **fields), subject) is expected
