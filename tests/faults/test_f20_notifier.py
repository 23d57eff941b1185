"""F20: the notifier dies around a send; the provider is in every kind of trouble. Alerting's promise 6."""

import random
import signal
from typing import Any

import pytest

from cloud.store.notifications import Notification
from tests.cloud.alerting.post import enter_alerts, news
from tests.fakes.sink import Mode
from tests.faults.forms import NEEDS_SERVERS
from tests.faults.post_office import Place, PostOffice, on_postgresql, on_sqlite, post_office
from tests.faults.run import RUNS, Run
from tests.waiting import until_async

POINTS = ["claimed", "sent", "marked"]
MESSAGES = 60  # each round
EVERY_S = 0.03
WELL_S = 10.0  # a message of a channel that is well is there by then, on a busy machine
HEAL_S = 60.0

PLACES = [
    pytest.param(on_sqlite, id="sqlite"),
    pytest.param(on_postgresql, id="postgresql", marks=NEEDS_SERVERS),
]

pytestmark = [pytest.mark.parametrize("run", RUNS)]


@pytest.mark.parametrize("place", PLACES)
async def test_the_notifier_is_killed_at_each_point(place: Place, run: Run) -> None:
    chance = random.Random(run.seed)
    async with post_office(place) as office:
        points = [f"{point}:{chance.randint(1, run.passages)}" for point in POINTS * run.rounds]
        chance.shuffle(points)
        expected = {}
        for number, one in enumerate(office.notifiers):
            mine = points[number :: len(office.notifiers)]
            expected[one.name] = 1 + len(mine)
            await one.started(1, 30)
            one.fault_points.extend(mine)
            one.send(signal.SIGKILL)  # every start after this is armed
        rows: list[Notification] = []
        while len(rows) < MESSAGES * run.rounds or any(
            len(one.deaths) < expected[one.name] for one in office.notifiers
        ):
            rows.append(message(f"n{len(rows)}", "well", office))
            await office.post(rows[-1:], EVERY_S)
            assert len(rows) < 1_000, "a fault point was never reached"
        await office.until_quiet(HEAL_S)
        await office.judge(rows)
        assert {one.name: len(one.deaths) for one in office.notifiers} == expected
        assert {code for one in office.notifiers for code in one.deaths} == {-signal.SIGKILL}


@pytest.mark.parametrize("place", PLACES)
async def test_killed_between_send_and_mark_it_is_one_delivery_by_its_key(place: Place, run: Run) -> None:
    """Promise 6, one message at a time: no more raw extras than crashes."""
    crashes = 4 * run.rounds
    async with post_office(place) as office:
        (victim, *others) = office.notifiers
        for other in others:
            other.may_start.clear()  # nothing was started yet
        await victim.started(1, 30)
        victim.fault_points.extend(["sent:1"] * crashes)
        victim.send(signal.SIGKILL)
        rows = [message(f"n{number}", "well", office) for number in range(crashes * 2)]
        for row in rows:
            await office.post([row], 0)
            await office.until_quiet(2 * HEAL_S)  # all crashes strike in the first
        await office.judge(rows)
        assert victim.deaths == [-signal.SIGKILL] * (1 + crashes)
        extras = sum(count - 1 for count in office.sink.keys().values())
        assert extras == crashes, "each crash between send and mark sends once more, with the same key"


TROUBLES = {
    "500": Mode.BROKEN,
    "429": Mode.TOO_MANY,
    "hang": Mode.HANG,
    "reset": Mode.RESET,
    "200-then-reset": Mode.OK_THEN_RESET,
}
# Each on SQLite and one on PostgreSQL in `make test`, and all pairs in `make faults`.
PAIRS = [
    *(pytest.param(on_sqlite, mode, id=f"sqlite-{name}") for name, mode in TROUBLES.items()),
    *(
        pytest.param(
            on_postgresql,
            mode,
            id=f"postgresql-{name}",
            marks=[NEEDS_SERVERS, *([] if mode is Mode.HANG else [pytest.mark.long])],
        )
        for name, mode in TROUBLES.items()
    ),
]


@pytest.mark.parametrize(("place", "mode"), PAIRS)
async def test_a_provider_in_trouble_delays_nobody_else(place: Place, run: Run, mode: Mode) -> None:
    async with post_office(place) as office:
        count = round(run.outage_s / EVERY_S / 2)
        ill = [message(f"ill {number}", "ill", office) for number in range(count)]
        well = [message(f"well {number}", "well", office) for number in range(count)]
        for one in office.notifiers:
            await one.started(1, 30)
        office.sink.modes["/ill"] = mode
        mixed = [row for pair in zip(ill, well, strict=True) for row in pair]
        await office.post(mixed, EVERY_S)
        await until_async(
            lambda: len(office.sink.keys("/well")) == count, WELL_S, "the other channel is well"
        )
        tries_while_ill = sum(one.path == "/ill" for one in office.sink.taken)
        office.sink.modes["/ill"] = Mode.OK
        await office.until_quiet(HEAL_S)
        await office.judge(mixed)
        assert set(office.sink.keys("/well").values()) == {1}
        if mode is Mode.OK_THEN_RESET:
            assert set(office.sink.keys("/ill").values()) == {1}, "the status had said that it was taken"
            return
        # Three failures open a breaker; what was under way then, and probes, one at a time.
        assert tries_while_ill <= len(office.notifiers) * (3 + 8 + run.outage_s / 0.15)
        changes = ["was=closed now=open", "was=open now=half_open", "was=half_open now=closed"]
        places = [office.log().find(change) for change in changes]
        assert -1 not in places
        assert places == sorted(places)


@pytest.mark.parametrize("place", PLACES)
async def test_a_channel_down_for_long_says_only_what_still_holds(place: Place, run: Run) -> None:
    """Of each alert that is open its newest message, and one digest, though notifiers die meanwhile."""
    async with post_office(place) as office:
        await enter_alerts(office.database, ["open 1", "open 2", "over 1", "over 2"])
        for one in office.notifiers:
            await one.started(1, 30)
        office.sink.modes["/ill"] = Mode.BROKEN
        for counter in range(1, 4):
            rows = [
                message(
                    f"{alert}, {counter}",
                    "ill",
                    office,
                    alert_id=alert,
                    counter=counter,
                    is_over=counter == 3 and alert.startswith("over"),
                )
                for alert in ("open 1", "over 1", "open 2", "over 2")
            ]
            await office.post(rows, run.outage_s / 4)
            office.notifiers[0].send(signal.SIGKILL)

        async def digest() -> str:
            found = {key for key in await office.waiting() if key.startswith("catch-up")}
            is_all = await office.waiting() == {"open 1, 3", "open 2, 3", *found} and len(found) == 1
            return found.pop() if is_all else ""

        key = await until_async(digest, HEAL_S, "what is old is superseded")
        office.sink.taken.clear()
        office.sink.modes["/ill"] = Mode.OK
        await office.until_quiet(HEAL_S)
        assert office.sink.keys() == {"open 1, 3": 1, "open 2, 3": 1, key: 1}
        (told,) = (one.document["text"] for one in office.sink.taken if one.key == key)
        assert "2 alerts are over meanwhile" in told
        assert "2 alerts are still open" in told


def message(key: str, channel: str, office: PostOffice, **rest: Any) -> Notification:
    """To a path that is called as its channel."""
    return news(key, 0, channel=channel, address=f"{office.sink.url}/{channel}", expires_at=2**50, **rest)
