"""Notifiers under fault, the sink they send to, and I4: what came against what was to be told.

The sink is the witness. A delivery is a request that it took, whatever it answered; a raw extra is one more
of the same key. Each must be explained: by a try that a crash cut off, or by an answer that was never heard.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from cloud.alerting.outgoing import Times
from cloud.senders.webhook import Webhook
from cloud.store.database import Database, open_database
from cloud.store.migrate import upgrade
from cloud.store.notifications import Notification
from cloud.store.tables.notifying import attempt, notification
from protocol.breaker import Policy
from tests import servers
from tests.cloud.alerting.post import enter_people, hook, put
from tests.fakes.sink import Mode, Sink, sink
from tests.faults import notifier
from tests.faults.forks import open_forks
from tests.faults.supervisor import Process
from tests.faults.system import clean_environment
from tests.server import directory
from tests.waiting import until_async

TIMES = Times(
    send_s=1.0,
    claim_ms=4_000,
    look_s=0.05,
    behind_ms=3_000,
    first_retry_s=0.1,
    longest_retry_s=0.5,
    stop_s=2.0,
)
POLICY = Policy(open_s=0.3, longest_open_s=0.6)
UNHEARD = {Mode.HANG, Mode.RESET}  # taken, and the notifier can't know
REFUSED = {Mode.BROKEN, Mode.TOO_MANY}  # not taken

Place = Callable[[Path], AbstractContextManager[str]]  # a database's URL


class PostOffice(msgspec.Struct, kw_only=True):
    database: Database
    sink: Sink
    notifiers: list[Process]

    async def until_quiet(self, timeout_s: float = 60.0) -> None:
        """Nothing is to be sent any more."""

        async def is_quiet() -> bool:
            return not {"queued", "retry", "sending"} & set(await self.states())

        await until_async(is_quiet, timeout_s, "everything is sent")

    async def states(self) -> Counter[str]:
        async with self.database.reading() as connection:
            rows = await connection.scalars(select(notification.c.state))
        return Counter(rows.all())

    async def cut_off(self) -> int:
        """Tries that ended with their process: counted when claimed, never answered."""
        async with self.database.reading() as connection:
            begun = await connection.scalar(select(func.sum(notification.c.tries)))
            kept = await connection.scalar(select(func.count()).select_from(attempt))
        return (begun or 0) - (kept or 0)

    async def judge(self, told: list[Notification]) -> None:
        """I4, once it is quiet."""
        taken = [one for one in self.sink.taken if one.mode not in REFUSED]
        keys, expected = Counter(one.key for one in taken), {one.key for one in told}
        unheard = sum(one.mode in UNHEARD for one in taken)
        extras = sum(count - 1 for count in keys.values())
        cut_off = await self.cut_off()
        async with self.database.reading() as connection:
            rows = await connection.execute(select(notification.c.key, notification.c.state))
        kept = {row.key: row.state for row in rows}
        findings = [
            *(f"I4 never delivered: {key}" for key in sorted(expected - set(keys))),
            *(f"I4 delivered and never to be told: {key}" for key in sorted(set(keys) - expected)),
            *(f"I4 {key} is {state}" for key, state in sorted(kept.items()) if state != "delivered"),
            *(f"I4 no row: {key}" for key in sorted(expected - set(kept))),
        ]
        if extras > cut_off + unheard:
            findings.append(f"I4 {extras} raw extras, {cut_off} tries cut off, {unheard} answers unheard")
        assert not findings, "\n".join(findings)

    def log(self) -> str:
        return "".join(one.log.read_text(errors="replace") for one in self.notifiers if one.log.exists())

    async def waiting(self) -> set[str]:
        """The keys of what is still to be sent."""
        async with self.database.reading() as connection:
            rows = await connection.scalars(
                select(notification.c.key).where(notification.c.state.in_(("queued", "retry", "sending")))
            )
        return set(rows.all())

    async def post(self, rows: list[Notification], every_s: float) -> None:
        """Put them in one by one, whatever becomes of those before."""
        for row in rows:
            now = time.time_ns() // 1_000_000
            await put(self.database, msgspec.structs.replace(row, created_at=now, due_at=now))
            await asyncio.sleep(every_s)


@contextmanager
def on_sqlite(place: Path) -> Iterator[str]:
    yield f"sqlite:///{place / 'evara.db'}"


@contextmanager
def on_postgresql(place: Path) -> Iterator[str]:
    with servers.postgres() as server:
        yield server.url()


@asynccontextmanager
async def post_office(at: Place) -> AsyncIterator[PostOffice]:
    """On SQLite one notifier, as embedded; on PostgreSQL two that share the work. Channels: well, ill."""
    with directory("post-office") as place, at(place) as url:
        await upgrade(url)
        database = await open_database(url)
        try:
            await enter_people(database)
            channels = [hook(place, "well"), hook(place, "ill")]
            async with sink() as receiver, open_forks() as forks, asyncio.TaskGroup() as tasks:
                notifiers = [
                    Process(
                        f"notifier-{number}",
                        forks.start,
                        ["tests.faults.notifier", str(_order(place, url, number, channels))],
                        clean_environment(),
                        place,
                        _nothing,
                    )
                    for number in range(1 if at is on_sqlite else 2)
                ]
                running = [tasks.create_task(one.run(), name=one.name) for one in notifiers]
                office = PostOffice(database=database, sink=receiver, notifiers=notifiers)
                try:
                    yield office
                finally:
                    for task in running:
                        task.cancel()
                    print(office.log()[-6_000:])
        finally:
            await database.close()


def _order(place: Path, url: str, number: int, channels: list[Webhook]) -> Path:
    file = place / f"notifier-{number}.json"
    order = notifier.Order(url, f"notifier-{number}", list(channels), TIMES, POLICY)
    notifier.write(order, file)
    return file


async def _nothing(process: Process) -> None:
    """Nobody looks at the disk after a death: the sink saw what went out."""
