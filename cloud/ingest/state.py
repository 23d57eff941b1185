"""What gateways say about themselves: births, heartbeats, deaths, results."""

from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.ingest import ledger, results
from cloud.store import acknowledgements, origins, rollouts
from cloud.store.database import Database
from cloud.store.tables.sites import gateway as table
from protocol.messages import Birth, Death, Heartbeat, Result, Welcome

_VERSION_CHARACTERS = 64
_BREAKERS_KEPT = 100

Known = Row[str | None, int, int]  # epoch, session, counter


async def hear(
    database: Database, gateway: str, message: Birth | Heartbeat | Death | Result, incarnation: str, now: int
) -> tuple[Welcome | None, bool]:
    """Note a state message. Returns the answer to a birth, and whether the gateway's row changed.

    An older (session, counter) of the same epoch changes nothing; a revoked or unknown gateway neither.
    """

    async def work(connection: AsyncConnection) -> tuple[Welcome | None, bool]:
        row = await _lock(connection, gateway)
        if row is None:
            return None, False
        news = _news(row, message, now)
        if news:
            await connection.execute(update(table).where(table.c.id == gateway).values(news))
        if isinstance(message, Result):
            await results.note(connection, gateway, message, now)
        if not isinstance(message, Birth):
            return None, bool(news)
        if "epoch" in news:
            await rollouts.born(connection, gateway, message.config_hash, now)
        if "session" in news:
            await origins.save(connection, gateway, message.origins)
        await results.acknowledged(connection, gateway, message.acknowledgements, now)
        told = await results.told(connection, gateway, message.told, now)
        return Welcome(
            epoch=message.epoch,
            session=message.session,
            server_time=now,
            incarnation=incarnation,
            mark=await ledger.mark_of(connection, gateway, message.epoch),
            acknowledgements=await acknowledgements.for_gateway(connection, gateway),
            told=told,
        ), bool(news)

    return await database.write(work)


async def _lock(connection: AsyncConnection, gateway: str) -> Known | None:
    found = await connection.execute(
        select(table.c.epoch, table.c.session, table.c.counter)
        .where(table.c.id == gateway, table.c.revoked_at.is_(None))
        .with_for_update()
    )
    return found.first()


def _news(row: Known, message: Birth | Heartbeat | Death | Result, now: int) -> dict[str, Any]:
    """The columns that change."""
    match message:
        case Result():
            return {"last_contact_at": now, "dead": False}
        case Death():
            return _of_death(row, message, now)
        case Birth() | Heartbeat():
            # What is older still shows that the gateway is there.
            return _of_life(message, now) if _is_newer(row, message) else {"last_contact_at": now}


def _of_death(row: Known, message: Death, now: int) -> dict[str, Any]:
    """The will of a connection that a newer one took over says nothing."""
    if message.epoch == row.epoch and message.session < row.session:
        return {}
    # A farewell is said by the gateway, a will by the broker.
    return {"dead": True, "last_contact_at": now} if message.farewell else {"dead": True}


def _is_newer(row: Known, message: Birth | Heartbeat) -> bool:
    if message.epoch != row.epoch:
        # Sessions go on over the epochs of one outbox. A new outbox begins again, with a birth.
        return isinstance(message, Birth) or message.session >= row.session
    return (message.session, message.counter) > (row.session, row.counter)


def _of_life(message: Birth | Heartbeat, now: int) -> dict[str, Any]:
    news: dict[str, Any] = {
        "epoch": message.epoch,
        "session": message.session,
        "counter": message.counter,
        "last_contact_at": now,
        "dead": False,
        "backlog_readings": message.queue.backlog,
        "backlog_oldest_at": message.queue.oldest_at if message.queue.backlog else None,
        "parked": min(message.queue.parked, 2**31 - 1),
        "clock_offset_ms": message.at - now if message.at else None,
        "breakers": [[one.name, one.state] for one in message.breakers[:_BREAKERS_KEPT]],
    }
    if isinstance(message, Birth):
        news["heartbeat_s"] = message.heartbeat_s
        news["seal_every_s"] = message.seal_every_s
        news["config_hash"] = message.config_hash
        news["open_alerts"] = message.open_alerts
        version = message.versions.get("evara")
        news["version"] = version and version[:_VERSION_CHARACTERS]
    return news
