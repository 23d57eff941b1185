"""How an alert has gone up to a transition: what a transition says beside where it stands."""

import msgspec

from protocol.limits import Count, Text, Whole


class Course(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Apart from the transition, because a msgpack map of more than fifteen keys begins with other
    bytes, and those of a transition never change."""

    counter: Count = 0  # of the alert's transitions; with its id it orders and joins them
    reason: Text = ""  # why there is this transition
    began: Whole | None = None  # event time of the first reading that raised
    seen_at: Whole | None = None  # of the newest that did
    occurrences: Count = 0
    stale: bool = False  # open, and its point is silent
