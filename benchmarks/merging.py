"""What alerting's second transaction costs beside ingest, in CPU of both sides, on PostgreSQL."""

import asyncio
import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import text

from benchmarks import community, processes, stage
from benchmarks.result import Better, Result, Results
from cloud.alerting.run import Alerting
from cloud.ingest.commit import accept
from cloud.ingest.sift import sift
from cloud.ingest.write import Arrived
from cloud.metrics import Metrics
from cloud.store import gateways, routes
from cloud.store.database import Database
from cloud.store.incarnation import incarnation
from cloud.store.points import PointIds
from cloud.store.routes import Address, Route
from cloud.store.tables.alerting import alert
from protocol import codec
from protocol.course import Course
from protocol.messages import Batch, Transition
from protocol.rule import Severity
from tests import servers
from tests.servers import Postgres

GROUPS = 16  # of 30 batches of 200 readings
WARM_UP = 2  # groups that are not counted
STEP_MS = 60_000  # a group a minute, by alerting's clock

EPOCH = "5f2c7c1e-8f0e-4a57-9d0b-2f6d1f1f9c02"


def measure() -> Results:
    points, taken = community.readings(GROUPS * community.READINGS)
    batches = list(community.batches(points, taken, EPOCH))
    ingest, calm = asyncio.run(_run(batches, with_transitions=False))
    _, busy = asyncio.run(_run(batches, with_transitions=True))
    return {
        "alerting_cost_in_cloud_calm": Result(calm, "CPU µs a reading", Better.LOWER, ingest),
        "alerting_cost_in_cloud_busy": Result(busy, "CPU µs a reading", Better.LOWER, ingest),
        "alerting_cost_of_transition": Result(
            (busy - calm) * community.READINGS / 1_000, "CPU ms a transition", Better.LOWER
        ),
    }


async def _run(batches: Sequence[Batch], with_transitions: bool) -> tuple[float, float]:
    """CPU µs a reading of ingest and of alerting, taking turns."""
    with servers.postgres() as server:
        database = await stage.open_stage(server, stage.GROUP_BATCHES)
        try:
            await _subscribe(database)
            return await _take_turns(database, server, batches, with_transitions)
        finally:
            await database.close()


async def _take_turns(
    database: Database, server: Postgres, batches: Sequence[Batch], with_transitions: bool
) -> tuple[float, float]:
    clock = _Clock()
    alerting = Alerting(database, "bench", lambda: True, lambda: None, lambda _: None, Metrics(), clock)
    ids, name = PointIds(), await incarnation(database)
    ingest_s = alerting_s = 0.0
    for number, batch in enumerate(batches):
        if number == WARM_UP:
            ingest_s = alerting_s = 0.0
        group = [
            _arrived(place, _with_news(batch, place, number, clock.now) if with_transitions else batch)
            for place in range(stage.GROUP_BATCHES)
        ]
        begun = _spent(server)
        await accept(database, ids, name, group, clock.now)
        ingest_s += _spent(server) - begun
        await _all_are_heard(database, clock.now)
        begun = _spent(server)
        await alerting.work(clock.now)
        alerting_s += _spent(server) - begun
        clock.now += STEP_MS
    assert alerting.trouble is None
    await _check(database, with_transitions)
    us = 1e6 / (stage.GROUP_BATCHES * community.READINGS * (GROUPS - WARM_UP))
    return ingest_s * us, alerting_s * us


class _Clock:
    def __init__(self) -> None:
        self.now = time.time_ns() // 1_000_000

    def __call__(self) -> int:
        return self.now


def _arrived(place: int, batch: Batch) -> Arrived:
    digest = codec.digest(codec.encode(batch))
    return Arrived(f"gateway-{place}", batch, digest, b"", sift(batch, time.time_ns() // 1_000_000))


def _with_news(batch: Batch, place: int, number: int, now: int) -> Batch:
    """One transition in each batch: an alert fires with one group and ends with the next."""
    key, counter = f"{place}-{number // 2}", number % 2 + 1
    news = Transition(
        id=f"{key}/{counter}",
        alert=key,
        rule="low",
        rule_version=1,
        point=batch.points[0].name,
        state="resolved" if counter == 2 else "firing",
        severity=Severity.WARNING,
        at=now,
        learned_at=now,
        value=0.4,
        limit=0.5,
        course=Course(
            counter=counter,
            reason="cleared" if counter == 2 else "fired",
            began=now - STEP_MS * (counter - 1),
            seen_at=now,
            occurrences=1,
        ),
    )
    return msgspec.structs.replace(batch, transitions=[news])


def _spent(server: Postgres) -> float:
    return processes.own_cpu_s() + processes.cpu_s([server.pid])


async def _subscribe(database: Database) -> None:
    """One person who hears of everything."""
    async with database.writing() as connection:
        await connection.execute(
            text(
                "INSERT INTO person (id, organisation_id, name, password_hash, role, language, created_at)"
                " VALUES (1, 1, 'Asha', '', 'operator', 'en', 0)"
            )
        )
        address = Address(person_id=1, channel="mail", value="asha@example.org")
        await routes.save_address(connection, 1, address)
        await routes.save_route(connection, 1, Route(person_id=1))


async def _all_are_heard(database: Database, now: int) -> None:
    names = [f"gateway-{place}" for place in range(stage.GROUP_BATCHES)]
    async with database.writing() as connection:
        await gateways.heard(connection, dict.fromkeys(names, now))


async def _check(database: Database, with_transitions: bool) -> None:
    """What was measured is what was meant."""
    async with database.reading() as connection:
        rows = await connection.execute(alert.select())
    assert len(rows.all()) == (stage.GROUP_BATCHES * GROUPS // 2 if with_transitions else 0)
