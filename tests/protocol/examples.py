"""A message of each kind with every field set, and the least that v1 allows. Never changes within v1."""

import msgspec

from protocol.acknowledgement import Acknowledgement
from protocol.course import Course
from protocol.messages import (
    Answer,
    Batch,
    Birth,
    BreakerState,
    Command,
    Config,
    Death,
    Heartbeat,
    Lane,
    Loss,
    Message,
    Queue,
    Receipt,
    Refusal,
    RefusalCode,
    Result,
    RetryAfter,
    Series,
    Thinned,
    Transition,
    Welcome,
)
from protocol.reading import Origin, Point
from protocol.told import Told

NOON = 1_767_268_800_000
EPOCH = "5f2c7c1e-8f0e-4a57-9d0b-2f6d1f1f9c01"
INCARNATION = "b7b7f1f4-0a55-4c8e-8f57-6f7f0d1c2a3b"
DIGEST = "6d1f0c5be0a94d0a8e2f0f3c9a4b7d55"
BOOT = "f47ac10b-58cc-4372-a567-0e02b2c3d479"

QUEUE = Queue(readings=1200, backlog=1000, oldest_at=NOON - 3_600_000, parked=1, room_s=604_800)
BREAKERS = [BreakerState("community", "closed"), BreakerState("cloud", "half_open")]
RECEIPT = Receipt(
    epoch=EPOCH,
    number=7,
    digest=DIGEST,
    incarnation=INCARNATION,
    mark=6,
    rejected=[(3, "time_out_of_range"), (4, "not_finite")],
    conflicting=2,
    server_time=NOON,
)
REFUSAL = Refusal(
    code=RefusalCode.CONFLICT,
    reason="this number was committed with other content",
    digest=DIGEST,
    epoch=EPOCH,
    number=7,
    incarnation=INCARNATION,
    mark=9,
)
RETRY_AFTER = RetryAfter(
    code="database_out_of_reach",
    after_s=12.5,
    epoch=EPOCH,
    number=7,
    digest=DIGEST,
    reason="the database does not answer",
)
WELCOME = Welcome(epoch=EPOCH, session=3, server_time=NOON, incarnation=INCARNATION, mark=6)
TOLD = Told(alert="a-1", person="Asha", action="sms", severity="critical", at=NOON)
CONFIG = Config(incarnation=INCARNATION, version=2, digest=DIGEST, document='{"rules":[]}')
COMMAND = Command(
    id="c-1", name="acknowledge", expires_at=NOON + 60_000, arguments={"alert": "a-1", "by": "Asha"}
)

BIRTH = Birth(
    epoch=EPOCH,
    session=3,
    counter=1,
    incarnation=INCARNATION,
    boot=BOOT,
    boot_ms=4_000,
    at=NOON,
    clock_trusted=True,
    versions={"evara": "0.1.0", "python": "3.11.2"},
    points=[Point("oht-1/level", "m", 60.0)],
    open_alerts=["a-1"],
    acknowledgements=[Acknowledgement(alert="a-1", counter=2, by="Asha", at=NOON)],
    next_number=8,
    config_hash=DIGEST,
    heartbeat_s=30.0,
    seal_every_s=5.0,
    queue=QUEUE,
    breakers=BREAKERS,
)

ORIGIN = Origin("oht-1/level", "oht-1/distance", "level_from_distance", [NOON - 86_400_000, NOON])

EXAMPLES: dict[str, Message] = {
    "batch": Batch(
        epoch=EPOCH,
        number=7,
        lane=Lane.BACKLOG,
        boot=BOOT,
        boot_ms=86_400_000,
        sealed_at=NOON,
        correlation="4bf92f3577b34da6",
        points=[Point("oht-1/level", "m", 60.0), Point("flow-1/total", "L")],
        series=[
            Series(0, NOON, [60_000, 0, 5], 2, [231, 1, None, -2], [(2, 2), (3, 1)]),
            Series(1, NOON - 1, [1], None, [0.1 + 0.2, -0.0]),
        ],
        transitions=[
            Transition(
                id="t-1",
                alert="a-1",
                rule="r-1",
                rule_version=3,
                point="oht-1/level",
                state="firing",
                severity="critical",
                at=NOON,
                learned_at=NOON + 900,
                value=0.31,
                limit=0.5,
                boot=BOOT,
                boot_ms=86_400_000,
            )
        ],
        losses=[
            Loss(
                id="l-1",
                point="oht-1/level",
                since=NOON - 60_000,
                until=NOON,
                count=12,
                exact=False,
                reason="the disk was full",
            )
        ],
        thinned=[Thinned(1, NOON - 900_000, NOON, 1.0, 1.5, 2.0, 900)],
    ),
    "batch_alert": Batch(
        epoch=EPOCH,
        number=8,
        lane=Lane.ALERT,
        transitions=[
            Transition(
                id="a-1/3",
                alert="a-1",
                rule="r-1",
                rule_version=3,
                point="oht-1/level",
                state="clearing",
                severity="critical",
                at=NOON,
                learned_at=NOON + 900,
                value=0.31,
                limit=0.5,
                boot=BOOT,
                boot_ms=86_400_000,
                course=Course(
                    counter=3,
                    reason="stale",
                    began=NOON - 3_600_000,
                    seen_at=NOON - 600_000,
                    occurrences=2,
                    stale=True,
                ),
            )
        ],
    ),
    "batch_least": Batch(epoch=EPOCH, number=1),
    "birth_of_derived_points": msgspec.structs.replace(BIRTH, origins=[ORIGIN]),
    "birth_of_people_told": msgspec.structs.replace(BIRTH, told=[TOLD]),
    "birth": BIRTH,
    "birth_least": Birth(epoch=EPOCH, session=1),
    "heartbeat": Heartbeat(
        epoch=EPOCH,
        session=3,
        counter=2,
        boot_ms=64_000,
        at=NOON,
        clock_trusted=True,
        queue=QUEUE,
        breakers=BREAKERS,
    ),
    "death": Death(epoch=EPOCH, session=3, farewell=True),
    "result": Result(command="c-1", ok=True, text="acknowledged"),
    "receipt": RECEIPT,
    "refusal": REFUSAL,
    "retry_after": RETRY_AFTER,
    "welcome": WELCOME,
    "welcome_of_people_told": msgspec.structs.replace(WELCOME, told=[TOLD]),
    "config": CONFIG,
    "command": COMMAND,
    "answer": Answer(server_time=NOON, messages=[RECEIPT, REFUSAL, RETRY_AFTER, WELCOME, CONFIG, COMMAND]),
}
