"""People with something to be told, channels to sinks, and a deliverer between them."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select

from cloud.alerting.deliver import Deliverer
from cloud.alerting.outgoing import Times
from cloud.metrics import Metrics
from cloud.senders.senders import AnySender
from cloud.senders.webhook import Webhook
from cloud.store.database import Database
from cloud.store.notifications import Notification
from cloud.store.tables.alerting import alert
from cloud.store.tables.notifying import attempt, notification
from cloud.store.tables.people import person
from cloud.store.tables.schema import organisation
from protocol.breaker import Policy
from protocol.rule import Severity
from tests.waiting import until_async

HOUR = 3_600_000
URL = "https://evara.example.org"
SECRET = "a secret of the receiver's"
QUICK = Times(send_s=5.0, look_s=0.05, first_retry_s=0.05, longest_retry_s=0.4, stop_s=2.0)
BREAKER = Policy(open_s=0.2, longest_open_s=0.4)


class Clock:
    """The time of this machine, which a test may move on."""

    def __init__(self) -> None:
        self.ahead = 0  # ms

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead


def hook(folder: Path, name: str = "hook") -> Webhook:
    file = folder / "hook.secret"
    file.write_text(SECRET)
    return Webhook(name=name, secret_file=file, allow=["127.0.0.0/8"])


async def enter_people(database: Database, count: int = 1) -> list[int]:
    """Their ids, in an organisation of their own."""

    async def work(connection: Any) -> list[int]:
        await connection.execute(insert(organisation).values(id=1, name="Evara", created_at=0))
        ids = range(1, count + 1)
        await connection.execute(
            insert(person),
            [
                {
                    "id": key,
                    "organisation_id": 1,
                    "name": f"person {key}",
                    "password_hash": "",
                    "role": "viewer",
                    "created_at": 0,
                }
                for key in ids
            ],
        )
        return list(ids)

    return await database.write(work)


async def enter_alerts(database: Database, names: Sequence[str]) -> None:
    """Whatever else an alert is does not matter to who sends its messages."""
    empty = {
        column.name: column.type.python_type()
        for column in alert.c
        if not column.nullable and not column.foreign_keys
    }
    rows = [empty | {"id": name, "point": name, "organisation_id": 1} for name in names]
    async with database.writing() as connection:
        await connection.execute(insert(alert), rows)


def news(key: str, now: int, **rest: Any) -> Notification:
    """One that is due."""
    row = {
        "organisation_id": 1,
        "key": key,
        "alert_id": None,
        "member_id": "",
        "site_id": None,
        "counter": 0,
        "occasion": "page",
        "severity": Severity.WARNING,
        "person_id": 1,
        "channel": "hook",
        "address": "",
        "subject": f"subject of {key}",
        "body": f"body of {key}",
        "created_at": now,
        "due_at": now,
        "expires_at": now + 24 * HOUR,
    }
    return msgspec.convert(row | rest, Notification)


async def put(database: Database, *rows: Notification) -> None:
    async with database.writing() as connection:
        for one in rows:
            row = {name: value for name, value in msgspec.structs.asdict(one).items() if name != "id"}
            await connection.execute(insert(notification).values(row))


async def states(database: Database) -> dict[str, str]:
    async with database.reading() as connection:
        rows = await connection.execute(select(notification.c.key, notification.c.state))
    return {row.key: row.state for row in rows}


async def tries(database: Database, key: str) -> list[tuple[str, str]]:
    """Outcome and answer of each, oldest first."""
    async with database.reading() as connection:
        rows = await connection.execute(
            select(attempt.c.outcome, attempt.c.answer)
            .join(notification, notification.c.id == attempt.c.notification_id)
            .where(notification.c.key == key)
            .order_by(attempt.c.id)
        )
    return [(row.outcome, row.answer) for row in rows]


def deliverer(
    database: Database,
    channels: Sequence[AnySender],
    clock: Clock,
    worker: str = "worker-1",
    times: Times = QUICK,
) -> Deliverer:
    return Deliverer(database, channels, URL, worker, Metrics(), clock, times=times, policy=BREAKER)


@asynccontextmanager
async def delivering(one: Deliverer) -> AsyncIterator[Deliverer]:
    """Running for as long as the block does, then stopped in good order."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.run())
        yield one
        one.stop()


def replaced(times: Times, **changes: Any) -> Times:
    return msgspec.structs.replace(times, **changes)


async def reach(database: Database, expected: dict[str, str], timeout_s: float = 15.0) -> None:
    async def there() -> bool:
        return await states(database) == expected

    try:
        await until_async(there, timeout_s)
    except TimeoutError:
        assert await states(database) == expected
