"""What a judge remembers of one rule on one point: a value that is stored and restored as it is."""

import msgspec

from protocol.alert import Alert
from protocol.judge import Memory


class Watch(msgspec.Struct, frozen=True, omit_defaults=True):
    listening_since: int  # ms; before it nothing could be heard, and silence means nothing
    alert: Alert = Alert()
    memory: Memory = Memory()


def resumed(watch: Watch, now: int) -> Watch:
    """After a restart, or when whatever hid the point is over: silence counts from now on."""
    return msgspec.structs.replace(watch, listening_since=now)


def shifted(watch: Watch, by: int) -> Watch:
    """The same on another clock: a gateway's clock became trusted and its boot times become wall times."""
    alert, memory = watch.alert, watch.memory
    return Watch(
        watch.listening_since + by,
        msgspec.structs.replace(
            alert,
            since=alert.since + by,
            raised_at=alert.raised_at + by,
            seen_at=alert.seen_at + by,
            at=alert.at + by,
            began=alert.began + by,
            fired_at=alert.fired_at + by,
        ),
        msgspec.structs.replace(
            memory,
            judged_at=None if memory.judged_at is None else memory.judged_at + by,
            mark=memory.mark and (memory.mark[0] + by, memory.mark[1]),
            slots=[msgspec.structs.replace(slot, start=slot.start + by) for slot in memory.slots],
            since=memory.since + by,
        ),
    )
