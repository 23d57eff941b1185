"""Messages from their rows to a real receiver, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from cloud.alerting.deliver import send_test
from cloud.errors import Invalid
from cloud.senders.log import Log
from cloud.senders.sender import SendError
from cloud.senders.senders import AnySender
from cloud.store.database import Database
from cloud.store.tables.notifying import notification
from tests.cloud.alerting.post import (
    HOUR,
    QUICK,
    URL,
    Clock,
    deliverer,
    delivering,
    enter_alerts,
    enter_people,
    hook,
    news,
    put,
    reach,
    replaced,
    states,
    tries,
)
from tests.fakes.sink import Mode, sink
from tests.protocol.case_runner import CASES, cases
from tests.waiting import until_async


async def test_what_is_due_arrives_once(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    await enter_alerts(database, ["tank-low"])
    now = (clock := Clock())()
    async with sink() as receiver:
        await put(
            database,
            news("a", now, address=receiver.url, alert_id="tank-low"),
            news("b", now, address=receiver.url),
            news("later", now, address=receiver.url, due_at=now + HOUR),
            news("not worded yet", now, address=receiver.url, due_at=None),
            news("of another channel", now, address=receiver.url, channel="mail"),
        )
        async with delivering(deliverer(database, [hook(tmp_path)], clock)):
            await reach(
                database,
                {
                    "a": "delivered",
                    "b": "delivered",
                    "later": "queued",
                    "not worded yet": "queued",
                    "of another channel": "queued",
                },
            )
        assert receiver.keys() == {"a": 1, "b": 1}
        first = next(one for one in receiver.taken if one.key == "a").document
    assert (first["person"], first["subject"]) == ("person 1", "subject of a")
    assert first["link"] == f"{URL}/alerts/tank-low"
    assert await tries(database, "a") == [("delivered", "200 the sink says 200")]


async def test_what_a_message_carries_ends_as_it_ends(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    now = (clock := Clock())()
    async with sink() as receiver:
        await put(database, news("leader", now, address=receiver.url, due_at=None))
        async with database.writing() as connection:
            leader = (await connection.execute(select(notification.c.id))).scalar_one()
        await put(
            database,
            news("carried", now, address=receiver.url, due_at=None, carried_by=leader, subject="", body=""),
        )
        async with database.writing() as connection:
            await connection.execute(
                update(notification).where(notification.c.key == "leader").values(due_at=now)
            )
        async with delivering(deliverer(database, [hook(tmp_path)], clock)):
            await reach(database, {"leader": "delivered", "carried": "delivered"})
        assert receiver.keys() == {"leader": 1}


TROUBLES = [Mode.BROKEN, Mode.TOO_MANY, Mode.RESET, Mode.HANG]


@pytest.mark.parametrize("mode", TROUBLES)
async def test_trouble_is_tried_again_with_the_same_key(
    database: Database, tmp_path: Path, mode: Mode
) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.retry_after = "0"
        receiver.modes["/"] = mode
        await put(database, news("a", clock(), address=receiver.url + "/"))
        times = replaced(QUICK, send_s=0.4 if mode is Mode.HANG else 5.0)
        async with delivering(deliverer(database, [hook(tmp_path)], clock, times=times)):
            await until_async(lambda: len(receiver.taken) >= 2, what="a second try")
            receiver.modes["/"] = Mode.OK
            await reach(database, {"a": "delivered"})
        assert set(receiver.keys()) == {"a"}
        kept = await tries(database, "a")
    assert [outcome for outcome, _ in kept[:-1]] == ["retry"] * (len(receiver.taken) - 1)
    assert kept[-1] == ("delivered", "200 the sink says 200")
    said = {Mode.BROKEN: "500", Mode.TOO_MANY: "429", Mode.RESET: "failed", Mode.HANG: "no answer within"}
    assert said[mode] in kept[0][1]


@pytest.mark.skipif(not CASES.is_file(), reason=f"the cases of others are not at {CASES}")
async def test_case_n08_a_slow_channel_is_cut_off_and_tried_again(database: Database, tmp_path: Path) -> None:
    case = cases()["N08"]
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.modes["/"] = Mode.HANG
        await put(database, news("test1", clock(), address=receiver.url + "/"))
        times = replaced(QUICK, send_s=case["receivers"]["w1"]["timeout"])
        async with delivering(deliverer(database, [hook(tmp_path)], clock, times=times)):
            await until_async(lambda: len(receiver.taken) >= 3, what="it is cut off twice")
            receiver.modes["/"] = Mode.OK
            await reach(database, {"test1": "delivered"})
        outcomes = [outcome for outcome, _ in await tries(database, "test1")]
    assert outcomes.count("retry") >= 2
    assert outcomes.count("delivered") == len(case["expect"]["notify"])


async def test_what_will_never_be_taken_is_dead_at_once(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.modes["/"] = Mode.GONE
        await put(
            database,
            news("a", clock(), address=receiver.url + "/"),
            news("b", clock(), address="https://10.0.0.1/private"),
        )
        async with delivering(deliverer(database, [hook(tmp_path)], clock)):
            await reach(database, {"a": "dead", "b": "dead"})
    ((_, gone),) = await tries(database, "a")
    ((_, private),) = await tries(database, "b")
    assert "410 the sink says 410" in gone
    assert "is not public" in private


async def test_what_expires_is_dead_and_says_so(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.modes["/"] = Mode.BROKEN
        await put(
            database,
            news("tried", clock(), address=receiver.url + "/", expires_at=clock() + HOUR),
            news("never", clock(), channel="nobody's", created_at=clock() - HOUR),
        )
        one = deliverer(database, [hook(tmp_path)], clock)
        async with delivering(one):
            await until_async(lambda: len(receiver.taken) >= 2)
            clock.ahead += 2 * HOUR

            async def is_over() -> bool:
                await one.expire()
                return await states(database) == {"tried": "dead", "never": "dead"}

            await until_async(is_over)
    assert "expire" in (await tries(database, "tried"))[-1][1]
    why = 'there is no channel "nobody\'s" any more: give the person another address'
    assert (await tries(database, "never")) == [("dead", why)]


async def test_a_hanging_channel_delays_no_other(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.modes["/hangs"] = Mode.HANG
        stuck = [
            news(f"stuck {n}", clock(), channel="stuck", address=receiver.url + "/hangs") for n in range(30)
        ]
        well = [news(f"well {n}", clock(), address=receiver.url + "/") for n in range(30)]
        await put(database, *stuck, *well)
        channels = [hook(tmp_path, "stuck"), hook(tmp_path)]
        async with delivering(
            deliverer(database, channels, clock, times=replaced(QUICK, send_s=30.0, stop_s=0.1))
        ):
            await until_async(lambda: len(receiver.keys("/")) == 30, what="the others arrive")
            assert 1 <= len(receiver.keys("/hangs")) <= 8, "bounded"
            found = await states(database)
    assert {found[one.key] for one in stuck} <= {"queued", "sending", "retry"}


async def test_a_broken_host_delays_no_other_of_its_channel(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as broken, sink() as well:
        broken.modes["/"] = Mode.BROKEN
        await put(
            database,
            *[news(f"broken {n}", clock(), address=broken.url + "/") for n in range(10)],
            *[news(f"well {n}", clock(), address=well.url + "/") for n in range(10)],
        )
        async with delivering(deliverer(database, [hook(tmp_path)], clock)):
            await until_async(lambda: len(well.keys()) == 10)
            broken.modes["/"] = Mode.OK
            await until_async(lambda: set(broken.keys()) == {f"broken {n}" for n in range(10)}, 20)


async def test_a_hanging_host_delays_no_other_of_its_channel(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as stuck, sink() as well:
        stuck.modes["/"] = Mode.HANG
        for host, name in ((stuck, "stuck"), (well, "well")):
            await put(database, *[news(f"{name} {n}", clock(), address=host.url + "/") for n in range(20)])
        times = replaced(QUICK, send_s=30.0, stop_s=0.1)
        async with delivering(deliverer(database, [hook(tmp_path)], clock, times=times)):
            await until_async(lambda: len(well.keys()) == 20, what="the others arrive")
            assert 1 <= len(stuck.keys()) <= 4, "bounded"


async def test_a_test_message_gets_the_real_answer(tmp_path: Path) -> None:
    async with sink() as receiver:
        channels: list[AnySender] = [hook(tmp_path), Log(name="log")]
        answer = await send_test(channels, "hook", "Asha", "en", receiver.url, URL)
        assert answer.text == "200 the sink says 200"
        receiver.modes["/"] = Mode.BROKEN
        with pytest.raises(SendError, match="500 the sink says 500"):
            await send_test(channels, "hook", "Asha", "en", receiver.url + "/", URL)
    assert (await send_test(channels, "log", "Asha", "en", "", URL)).text == "written to the log"
    with pytest.raises(Invalid, match="known are hook, log"):
        await send_test(channels, "sms", "Asha", "en", "+91", URL)
