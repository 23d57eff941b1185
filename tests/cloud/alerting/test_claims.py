"""Claims: of two processes one sends, a stop is orderly, and what a death leaves behind is sent by others."""

from collections import deque
from pathlib import Path

from cloud.store.database import Database
from tests.cloud.alerting.post import (
    QUICK,
    Clock,
    deliverer,
    delivering,
    enter_people,
    hook,
    news,
    put,
    reach,
    replaced,
    states,
)
from tests.fakes.sink import Mode, sink
from tests.waiting import until_async


async def test_two_processes_send_each_message_once(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        rows = [news(f"n{number}", clock(), address=receiver.url) for number in range(60)]
        await put(database, *rows)
        one = deliverer(database, [hook(tmp_path)], clock, "worker-1")
        two = deliverer(database, [hook(tmp_path)], clock, "worker-2")
        async with delivering(one), delivering(two):
            await reach(database, {row.key: "delivered" for row in rows}, 30)
        assert receiver.keys() == {row.key: 1 for row in rows}


async def test_a_stop_lets_what_is_being_sent_finish(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.next_modes["/"] = deque([Mode.HANG])
        await put(database, news("a", clock(), address=receiver.url + "/"))
        one = deliverer(database, [hook(tmp_path)], clock, times=replaced(QUICK, send_s=0.3))
        async with delivering(one):
            await until_async(lambda: receiver.taken)
        assert await states(database) == {"a": "retry"}, "its time-out came first, and was kept"


async def test_what_a_stop_cuts_off_is_sent_after_the_next_start(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.modes["/"] = Mode.HANG
        await put(database, news("a", clock(), address=receiver.url + "/"))
        times = replaced(QUICK, send_s=30.0, stop_s=0.1)
        async with delivering(deliverer(database, [hook(tmp_path)], clock, times=times)):
            await until_async(lambda: receiver.taken)
        assert await states(database) == {"a": "sending"}
        receiver.modes["/"] = Mode.OK
        async with delivering(deliverer(database, [hook(tmp_path)], clock, "worker-2")):
            assert await states(database) == {"a": "sending"}, "another must wait until the claim dies"
            async with delivering(deliverer(database, [hook(tmp_path)], clock, times=times)):
                await reach(database, {"a": "delivered"})


async def test_the_claim_of_a_process_that_is_gone_dies(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as receiver:
        receiver.modes["/"] = Mode.HANG
        await put(database, news("a", clock(), address=receiver.url + "/"))
        times = replaced(QUICK, send_s=30.0, stop_s=0.1)
        async with delivering(deliverer(database, [hook(tmp_path)], clock, times=times)):
            await until_async(lambda: receiver.taken)
        receiver.modes["/"] = Mode.OK
        clock.ahead += QUICK.claim_ms
        async with delivering(deliverer(database, [hook(tmp_path)], clock, "worker-2")):
            await reach(database, {"a": "delivered"})
        assert receiver.keys() == {"a": 2}
