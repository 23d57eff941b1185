"""A site's zone as the pure parts are given it: the offset to UTC at a time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from protocol.hours import Offset

MILLISECOND = timedelta(milliseconds=1)


def offset(name: str) -> Offset:
    zone = ZoneInfo(name)

    def ahead(at: int) -> int:
        span = datetime.fromtimestamp(at / 1000, zone).utcoffset()
        return 0 if span is None else span // MILLISECOND

    return ahead


def moment(text: str) -> int:
    """ms UTC of 2026-03-29T02:30+01:00."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // MILLISECOND
