"""The messages of wire protocol v1. Unknown fields are tolerated: an old reader lives with a newer writer."""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.acknowledgement import Acknowledgement
from protocol.course import Course
from protocol.limits import POINTS_LIMIT, Count, Events, Few, Name, Names, Number, Readings, Span, Text, Whole
from protocol.reading import Origin, Point
from protocol.told import Told


class Lane(enum.StrEnum):
    """What a batch was taken from: gateways share their link by it; to the cloud it is a word for people."""

    ALERT = "alert"
    LIVE = "live"
    BACKLOG = "backlog"


class Series(msgspec.Struct, array_like=True, frozen=True):
    """Readings of one point, packed by `protocol.codec`."""

    point: Count  # place in the batch's points table
    first: Whole  # time of the first reading, ms UTC
    # Then the difference to it, then differences of differences; one fewer than values.
    steps: Annotated[list[Whole], Readings]
    places: Annotated[int, Meta(ge=0, le=9)] | None  # decimal places of scaled values; None: plain floats
    # Scaled: differences of value * 10**places; null stays null.
    values: Annotated[list[Whole | float | None], Readings]
    flags: Annotated[list[tuple[Count, Count]], Readings] = []  # (place, Quality) of those that are not good


class Transition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of an alert, as its judge saw it."""

    id: Name  # unique for ever: keeps it single in the cloud
    alert: Name
    rule: Name
    rule_version: Count
    point: Name
    state: Name  # what the alert became
    severity: Text = ""
    at: Whole  # event time, ms UTC
    learned_at: Whole  # when the judge saw it, ms UTC
    value: Number | None = None
    limit: Number | None = None
    boot: Text = ""
    boot_ms: Whole = 0
    course: Course = Course()


class Loss(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A recorded range that was not kept."""

    id: Name
    point: Text = ""  # "": every point of the gateway
    since: Whole  # ms UTC, inclusive
    until: Whole  # ms UTC, inclusive
    count: Count
    exact: bool = True  # False: at least `count`
    reason: Text = ""


class Thinned(msgspec.Struct, array_like=True, frozen=True):
    """What is left of readings that had to make room; the readings themselves are a Loss."""

    point: Count
    since: Whole
    until: Whole
    min: Number
    mean: Number
    max: Number
    count: Count


class Batch(msgspec.Struct, tag_field="type", tag="batch", frozen=True, kw_only=True, omit_defaults=True):
    """A sealed, numbered run of readings, transitions and losses of one epoch."""

    epoch: Name
    number: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    lane: Text = Lane.LIVE
    boot: Text = ""  # boot id at sealing
    boot_ms: Whole = 0  # time since that boot, counting sleep
    sealed_at: Whole = 0  # the gateway's clock, ms UTC
    correlation: Text = ""
    points: Annotated[list[Point], Meta(max_length=POINTS_LIMIT)] = []
    series: Annotated[list[Series], Meta(max_length=POINTS_LIMIT)] = []
    transitions: Annotated[list[Transition], Events] = []
    losses: Annotated[list[Loss], Events] = []
    thinned: Annotated[list[Thinned], Events] = []


class Queue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a gateway still holds."""

    readings: Count = 0  # without a receipt, sealed or not
    backlog: Count = 0  # of these, what waits in the backlog lane
    oldest_at: Whole | None = None  # the oldest of these readings; None: there is none
    parked: Few = 0  # batches that the cloud refused for good
    room_s: Count | None = None  # how long the store takes readings before it must drop; None: not known


class BreakerState(msgspec.Struct, frozen=True, array_like=True):
    name: Name
    state: Text


class Birth(msgspec.Struct, tag_field="type", tag="birth", frozen=True, kw_only=True, omit_defaults=True):
    """The first message of every connection. (session, counter) orders state messages of an epoch."""

    epoch: Name
    session: Count
    counter: Count = 0
    incarnation: Text = ""  # of the cloud, as the gateway last heard it
    boot: Text = ""
    boot_ms: Whole = 0
    at: Whole = 0  # the gateway's clock
    clock_trusted: bool = False
    versions: Annotated[dict[Name, Text], Names] = {}
    points: Annotated[list[Point], Meta(max_length=POINTS_LIMIT)] = []
    origins: Annotated[list[Origin], Meta(max_length=POINTS_LIMIT)] = []  # of the points that are derived
    open_alerts: Annotated[list[Name], Events] = []
    acknowledgements: Annotated[list[Acknowledgement], Events] = []  # of these, wherever they were made
    told: Annotated[list[Told], Events] = []  # of these, at the gateway
    next_number: Count = 1
    config_hash: Text = ""
    heartbeat_s: Span = 60.0
    seal_every_s: Span = 60.0  # readings travel this often, so they arrive this much later at most
    queue: Queue = Queue()
    breakers: Annotated[list[BreakerState], Events] = []


class Heartbeat(
    msgspec.Struct, tag_field="type", tag="heartbeat", frozen=True, kw_only=True, omit_defaults=True
):
    epoch: Name
    session: Count
    counter: Count
    boot_ms: Whole = 0
    at: Whole = 0
    clock_trusted: bool = False
    queue: Queue = Queue()
    breakers: Annotated[list[BreakerState], Events] = []


class Death(msgspec.Struct, tag_field="type", tag="death", frozen=True, kw_only=True, omit_defaults=True):
    """The last will, and the farewell of an agent that stops. Only hastens what the last contact shows."""

    epoch: Name
    session: Count
    farewell: bool = False


class Result(msgspec.Struct, tag_field="type", tag="result", frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a command."""

    command: Name
    ok: bool
    text: Text = ""


class Receipt(msgspec.Struct, tag_field="type", tag="receipt", frozen=True, kw_only=True, omit_defaults=True):
    """The cloud's word that a batch is committed and will never be counted again."""

    epoch: Name
    number: Count
    digest: Name  # of the batch that was committed: another box may use the same number
    incarnation: Name
    mark: Count  # every number up to it is settled
    rejected: Annotated[
        list[tuple[Count, Text]], Readings
    ] = []  # (place in the batch, code); places as in codec.pack
    conflicting: Count = 0  # readings kept aside: their (point, at) has another value already
    server_time: Whole = 0


class RefusalCode(enum.StrEnum):
    UNDECODABLE = "undecodable"
    CONFLICT = "conflict"  # this number was committed with other content
    STALE = "stale"  # this number is settled, its content no longer known


class Refusal(msgspec.Struct, tag_field="type", tag="refusal", frozen=True, kw_only=True, omit_defaults=True):
    """The cloud's word that this very batch will never be taken."""

    code: RefusalCode
    reason: Text
    digest: Name  # conflict, stale: of the batch; undecodable: of the payload as it arrived
    epoch: Text = ""  # "" where it could not be read
    number: Count = 0
    incarnation: Name
    mark: Count = 0


class RetryAfter(
    msgspec.Struct, tag_field="type", tag="retry_after", frozen=True, kw_only=True, omit_defaults=True
):
    """Not now: nothing was stored, nothing is final."""

    code: Name
    after_s: Span
    epoch: Text = ""
    number: Count = 0
    digest: Text = ""
    reason: Text = ""


class Welcome(msgspec.Struct, tag_field="type", tag="welcome", frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a birth."""

    epoch: Name
    session: Count  # the birth it answers
    server_time: Whole
    incarnation: Name
    mark: Count  # of that epoch: a mark below what was receipted means a restored database
    # All that was said of the gateway's open alerts, as far as the cloud knows.
    acknowledgements: Annotated[list[Acknowledgement], Events] = []
    told: Annotated[list[Told], Events] = []  # what of the birth's is noted


class Config(msgspec.Struct, tag_field="type", tag="config", frozen=True, kw_only=True, omit_defaults=True):
    """Sources, calibrations and rules; what is absent does not change."""

    incarnation: Name
    version: Count
    digest: Name
    document: str = ""  # JSON


class Command(msgspec.Struct, tag_field="type", tag="command", frozen=True, kw_only=True, omit_defaults=True):
    id: Name
    name: Name
    expires_at: Whole
    arguments: Annotated[dict[Name, Text], Names] = {}


class Answer(msgspec.Struct, tag_field="type", tag="answer", frozen=True, kw_only=True, omit_defaults=True):
    """What HTTPS carries back: receipts and whatever waits below `down/`."""

    server_time: Whole
    messages: Annotated[list[Receipt | Refusal | RetryAfter | Welcome | Config | Command], Events] = []


Up = Batch | Birth | Heartbeat | Death | Result
Down = Receipt | Refusal | RetryAfter | Welcome | Config | Command
Message = Up | Down | Answer
