"""The clocks of a site's zone, as the pure code takes them."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from protocol.hours import Offset


@cache
def offset_of(zone: str) -> Offset:
    """How far the clocks of this IANA zone are ahead of UTC at a time, both in ms."""
    info = ZoneInfo(zone)

    def offset(at: int) -> int:
        ahead = datetime.fromtimestamp(at / 1000, UTC).astimezone(info).utcoffset()
        return round(ahead.total_seconds() * 1000) if ahead else 0

    return offset
