"""What is still worth saying after a channel was away: the plan, and all the way to a receiver."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloud.alerting.catch_up import plan
from cloud.store.backlog import CATCH_UP, Left
from cloud.store.database import Database
from tests.cloud.alerting.post import (
    HOUR,
    Clock,
    deliverer,
    delivering,
    enter_alerts,
    enter_people,
    hook,
    news,
    put,
    states,
)
from tests.fakes.sink import Mode, sink
from tests.waiting import until_async

NOW = 1_795_600_000_000


def left(key: int, alert: str | None, counter: int = 1, **rest: Any) -> Left:
    row = {
        "id": key,
        "organisation_id": 1,
        "alert_id": alert,
        "counter": counter,
        "occasion": "page",
        "is_over": False,
        "severity": "warning",
        "subject": f"subject {key}",
        "language": "en",
        "state": "queued",
        "carried_by": None,
        "created_at": NOW - 3 * HOUR + key,
        "expires_at": NOW + HOUR,
    }
    return msgspec.convert(row | rest, Left)


def over(key: int, alert: str, counter: int = 2, **rest: Any) -> Left:
    return left(key, alert, counter, is_over=True, **rest)


# What waits -> what speaks for what is superseded (0: a new digest); none: all is sent.
CASES = [
    pytest.param([left(1, "a"), left(2, "b")], {}, id="of each alert one message: all is sent"),
    pytest.param([left(1, "a"), left(2, "a", 2)], {1: 2}, id="a newer message of the same alert speaks"),
    pytest.param([left(2, "a", 2), left(1, "a", 1)], {1: 2}, id="newer by its counter, not its place"),
    pytest.param([left(1, "a"), left(2, "a"), left(3, "a")], {1: 3, 2: 3}, id="of repeats the last"),
    pytest.param([left(1, "a"), over(2, "a")], {1: 0, 2: 0}, id="began and over: the digest says so"),
    pytest.param([over(1, "a")], {1: 0}, id="told before, over meanwhile: the digest says so"),
    pytest.param(
        [left(1, "a"), over(2, "a"), left(3, "b"), left(4, "b", 2)],
        {1: 0, 2: 0, 3: 0},
        id="one digest for the rest, one message for what is open",
    ),
    pytest.param(
        [left(1, "a"), left(2, "b", carried_by=1), over(3, "a")],
        {3: 0},
        id="a message that tells of an open alert is sent, with all it says",
    ),
    pytest.param(
        [left(1, "a"), left(2, "b", carried_by=1), over(3, "a"), over(4, "b", carried_by=3)],
        {1: 0, 2: 0, 3: 0, 4: 0},
        id="what a message carries goes with it",
    ),
    pytest.param([left(1, None), left(2, None)], {}, id="what is of no alert is sent"),
    pytest.param(
        [left(2, "b", carried_by=1), left(3, "b", 2)],
        {},
        id="what a message under way tells is left alone",
    ),
    pytest.param(
        [left(1, "a", state="superseded", carried_by=9), left(9, None, occasion=CATCH_UP), left(3, "b")],
        {},
        id="a digest that waits stays while there is nothing to add",
    ),
    pytest.param(
        [over(1, "a", state="superseded", carried_by=9), left(9, None, occasion=CATCH_UP), over(3, "b")],
        {1: 0, 3: 0, 9: 0},
        id="it grows: a new one speaks for it and for what it spoke for",
    ),
]


@pytest.mark.parametrize(("waiting", "expected"), CASES)
def test_what_is_superseded(waiting: list[Left], expected: dict[int, int]) -> None:
    made = plan(waiting, "mail", 1, "asha@example.org", NOW)
    found = {} if made is None else made.speakers | dict.fromkeys(made.by_digest, 0)
    assert found == expected
    if made is not None:
        assert (made.digest is not None) == bool(made.by_digest)


def test_what_the_digest_says() -> None:
    rows = [left(1, "a"), over(2, "a"), over(3, "b"), left(4, "c", severity="critical")]
    made = plan(rows, "mail", 1, "asha@example.org", NOW)
    assert made is not None
    assert made.digest is not None
    assert made.digest.subject == "2 alerts are over meanwhile, 1 still open"
    assert made.digest.body.splitlines() == [
        "For 2 h 59 min nothing could reach you here. 2 alerts are over meanwhile:",
        "- subject 2",
        "- subject 3",
        "",
        "1 alert is still open: of each comes a message of its own.",
    ]
    assert (made.digest.severity, made.digest.alert_id, made.digest.due_at) == ("warning", None, NOW)


async def test_after_hours_one_message_per_open_alert_and_one_digest(
    database: Database, tmp_path: Path
) -> None:
    await enter_people(database, 2)
    await enter_alerts(database, ["open", "over", "told before"])
    clock = Clock()
    async with sink() as receiver:
        receiver.modes["/"] = Mode.BROKEN
        one = receiver.url + "/"
        began = clock()

        def told(alert: str, counter: int, **rest: Any) -> Any:
            return news(f"{alert} {counter}", began, alert_id=alert, counter=counter, address=one, **rest)

        async with delivering(deliverer(database, [hook(tmp_path)], clock)):
            await put(
                database,
                told("open", 1),
                told("over", 1),
                told("told before", 2, is_over=True),
                news("of another person", began, address=one, person_id=2),
            )

            async def is_tried() -> bool:  # and none is under way: such a one would be left alone
                found = list((await states(database)).values())
                return found.count("retry") >= 3 and "sending" not in found

            await until_async(is_tried, what="all but one are tried, and wait")
            clock.ahead += 3 * HOUR
            await put(database, told("open", 2), told("over", 2, is_over=True))

            async def digest() -> bool:
                return any(key.startswith("catch-up") for key in await states(database))

            await until_async(digest, what="a digest is written while the channel is away")
            receiver.taken.clear()
            receiver.modes["/"] = Mode.OK

            async def is_quiet() -> bool:
                return {"queued", "retry", "sending"}.isdisjoint((await states(database)).values())

            await until_async(is_quiet, 20)
            found = await states(database)
        keys = receiver.keys()
    (digest_key,) = (key for key in found if key.startswith("catch-up"))
    assert keys == {"open 2": 1, "of another person": 1, digest_key: 1}
    assert {key for key, state in found.items() if state == "superseded"} == {
        "open 1",
        "over 1",
        "over 2",
        "told before 2",
    }
