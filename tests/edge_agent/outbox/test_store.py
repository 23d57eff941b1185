"""The outbox in use: shared commits, sealing, receipts, rejects, clones."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from edge_agent import clock
from edge_agent.outbox import events, rejects
from edge_agent.outbox.batches import Sealed
from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.store import Outbox, open_outbox
from firmware_bridge.source import Reject
from protocol import codec
from protocol.messages import Lane, Loss, Receipt, Refusal, RefusalCode, Transition
from protocol.reading import Point, Quality, Reading
from tests.edge_agent.outbox.contents import decode, readings_of

AT = 1_700_000_000_000


def readings(*numbers: int, point: str = "d/m") -> list[Reading]:
    return [Reading(point, AT + n, n / 10) for n in numbers]


def receipt(sealed: Sealed, **changes: object) -> Receipt:
    fields = {"epoch": sealed.epoch, "number": sealed.number, "digest": sealed.digest, "incarnation": "i"}
    return Receipt(**{**fields, "mark": 0, **changes})  # type: ignore[arg-type]


async def sealed_or_fail(outbox: Outbox, lane: Lane, limit: int = 200) -> Sealed:
    sealed = await outbox.seal(lane, limit)
    assert sealed is not None
    return sealed


async def test_a_reading_comes_back_to_the_bit(tmp_path: Path) -> None:
    given = [
        Reading("d/a", AT, 0.1 + 0.2),
        Reading("d/a", AT - 5, 1e300, Quality.SUSPECT),
        Reading("d/b", AT, None, Quality.FAULT),
        Reading("d/b", AT + 1, float("nan")),
        Reading("d/b", AT + 2, 7),
    ]
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.register_points([Point("d/a", "m", 5.0)])
        await outbox.append("s", given)
        sealed = await sealed_or_fail(outbox, Lane.LIVE)
    given[3] = Reading("d/b", AT + 1, None, Quality.FAULT)  # nothing but fault explains it
    assert readings_of(sealed.body) == given
    batch = decode(sealed.body)
    assert batch.points == [Point("d/a", "m", 5.0), Point("d/b")]
    assert batch.boot == clock.boot_id()
    assert sealed.digest == codec.digest(sealed.body)


async def test_boot_is_on_every_reading(tmp_path: Path) -> None:
    before = clock.boot_ms()
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(1, 2))
    with closing(sqlite3.connect(tmp_path / "o.db")) as sql:
        rows = sql.execute("SELECT name, boot_ms FROM reading JOIN boot ON boot.id = boot").fetchall()
    assert [name for name, _ in rows] == [clock.boot_id()] * 2
    assert all(before <= boot_ms <= clock.boot_ms() for _, boot_ms in rows)


async def test_newest_first_then_what_is_older(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(*range(100)))
        assert numbers(await outbox.seal(Lane.LIVE, 30)) == list(range(70, 100))
        assert await outbox.seal(Lane.LIVE) is None
        await outbox.append("s", readings(100, 101))
        assert numbers(await outbox.seal(Lane.BACKLOG, 30)) == list(range(30))
        assert numbers(await outbox.seal(Lane.LIVE, 30)) == [100, 101]
        assert numbers(await outbox.seal(Lane.BACKLOG, 300)) == list(range(30, 70))
        assert await outbox.seal(Lane.BACKLOG) is None
        assert await outbox.seal(Lane.ALERT) is None


def numbers(sealed: Sealed | None) -> list[int]:
    return [] if sealed is None else [reading.at - AT for reading in readings_of(sealed.body)]


async def test_small_appends_share_a_commit(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(0), waiting=False)  # nothing was committed before: at once
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for n in range(1, 20):
                tasks.create_task(outbox.append(f"s{n}", readings(n), waiting=False))
        assert 0.5 < time.monotonic() - began < 5
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outbox.append("s", readings(20), waiting=False))
            tasks.create_task(outbox.append("s", readings(21), waiting=True))
        assert time.monotonic() - began < 0.5


async def test_two_hundred_readings_wait_for_nobody(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(0))
        began = time.monotonic()
        await outbox.append("s", readings(*range(200)), waiting=False)
        assert time.monotonic() - began < 0.5


async def test_rows_that_gave_no_reading(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        rows = [Reject(f"record {n}", "x" * 500, f"reason {n % 300}") for n in range(rejects.ROWS_KEPT + 10)]
        await outbox.append("s", [], cursor="c", rejects=rows)
        await outbox.append("s", [], cursor="d", rejects=[Reject("record x", "\udcff", "reason 0")])
        facts = read_facts(tmp_path / "o.db", AT)
        counts = {fact.reason: fact.count for fact in facts.rejects}
        assert sum(counts.values()) == rejects.ROWS_KEPT + 11
        assert len(counts) == rejects.REASONS_KEPT + 1
        assert counts[rejects.OTHER_REASONS] > 10_000
    with closing(sqlite3.connect(tmp_path / "o.db")) as sql:
        assert sql.execute("SELECT count(*), max(length(text)) FROM reject").fetchone() == (50_000, 200)


async def test_a_reading_that_cannot_be_kept_is_rejected(tmp_path: Path) -> None:
    unfit = [
        Reading("d/m", 10**20, 1.0),
        Reading("", AT, 1.0),
        Reading("d/\0", AT, 1.0),
        Reading("\ud800", AT, 1.0),
    ]
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", [*unfit, *readings(1)], cursor="c")
        assert (await outbox.queue()).readings == 1
        assert sum(fact.count for fact in read_facts(tmp_path / "o.db", AT).rejects) == len(unfit)
        assert await outbox.cursor("s") == "c"


async def test_what_the_cloud_rejected_is_listed(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.append("s", readings(1, 2, 3))
        sealed = await sealed_or_fail(outbox, Lane.LIVE)
        await outbox.settle([receipt(sealed, rejected=[(1, "time_outside"), (99, "no such place")])])
        (fact,) = read_facts(tmp_path / "o.db", AT).rejects
        assert (fact.source, fact.reason, fact.count) == ("cloud", "time_outside", 1)


async def test_events_of_a_refused_batch_go_again_each_alone(tmp_path: Path) -> None:
    steps = [
        Transition(id=f"t{n}", alert="a", rule="r", rule_version=1, point="d/m", state="firing", at=AT,
                   learned_at=AT)
        for n in range(3)
    ]  # fmt: skip
    async with open_outbox(tmp_path / "o.db") as outbox:
        await outbox.change(lambda database: events.add(database, steps, []))
        await outbox.record_loss(Loss(id="l", since=AT, until=AT, count=1))
        sealed = await sealed_or_fail(outbox, Lane.ALERT)
        assert len(decode(sealed.body).transitions) == 3
        await park(outbox, sealed)
        alone = [await sealed_or_fail(outbox, Lane.ALERT) for _ in range(4)]
        assert [len(decode(one.body).transitions + decode(one.body).losses) for one in alone] == [1] * 4
        assert await outbox.seal(Lane.ALERT) is None
        await park(outbox, alone[0])
        assert await outbox.seal(Lane.ALERT) is None  # what was refused alone is not sent for ever
        facts = read_facts(tmp_path / "o.db", AT)
        assert [(one.number, one.reason) for one in facts.parked] == [(1, "no"), (1, "no")]
        assert facts.queue.parked == 2


async def park(outbox: Outbox, sealed: Sealed) -> None:
    refusal = Refusal(code=RefusalCode.UNDECODABLE, reason="no", digest="d", incarnation="i")
    await outbox.park(sealed.epoch, sealed.number, refusal)


async def test_a_batch_never_outgrows_a_payload(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "o.db") as outbox:
        names = [f"{n:04}" + "x" * 120 for n in range(2_000)]
        await outbox.append("s", [Reading(name, AT, 1 / 3) for name in names])
        taken = 0
        for lane in (Lane.LIVE, Lane.BACKLOG, Lane.BACKLOG):
            while sealed := await outbox.seal(lane, 10_000):
                assert len(sealed.body) <= codec.PAYLOAD_LIMIT
                taken += sealed.readings
        assert taken == 2_000


async def test_a_session_is_new_at_every_start(tmp_path: Path) -> None:
    for expected in (1, 2):
        async with open_outbox(tmp_path / "o.db") as outbox:
            assert await outbox.next_session() == expected
            await outbox.note("link", "https")
    assert read_facts(tmp_path / "o.db", AT).notes == {"link": "https"}
