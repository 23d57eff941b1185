"""An alert, as far as it matters who hears of it."""

import msgspec

from protocol.rule import Severity


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Times are the cloud's clock, ms UTC, where they do not say otherwise."""

    alert: str
    rule: str
    site: str
    point: str
    gateway: str = ""  # that owns the point; "": the cloud itself
    severity: Severity
    news_at: int  # when the cloud learned that it fired, was reopened or rose
    ended_at: int | None = None  # and that it ended; None: it is open
    heard_at: int = 0  # newest reading of the point, event time
    is_silence: bool = False  # that the point is silent is all there is to it: it may have a parent
    is_acknowledged: bool = False

    @property
    def device(self) -> str:
        return self.point.partition("/")[0]
