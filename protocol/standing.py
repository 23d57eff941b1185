"""Whether somebody has seen an alert as it is now, by all that was said of it."""

from collections.abc import Iterable

import msgspec

from protocol.acknowledgement import Acknowledgement
from protocol.fold import Folded, Joined


def standing(alert: Joined, acknowledgements: Iterable[Acknowledgement], now: int) -> Acknowledgement | None:
    """The one that holds; None: nobody has seen the alert as it is now."""
    seen = {one.id: one for one in alert.members if _is_all_there_is(one, alert)}
    holding = [
        one for one in acknowledgements if one.alert in seen and one.counter >= seen[one.alert].paged_by
    ]
    newest = max(holding, key=lambda one: (one.at, msgspec.msgpack.encode(one)), default=None)
    return None if newest is None or (newest.until is not None and newest.until <= now) else newest


def _is_all_there_is(member: Folded, alert: Joined) -> bool:
    """Whether who saw this one saw the alert: under another id it may stand higher."""
    return alert.ended_at is None and member.ended_at is None and member.severity is alert.severity
