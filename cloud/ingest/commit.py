"""accept(): THE one door for readings. MQTT, HTTPS and polling all end here, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import faultpoint
from cloud.ingest import events, ledger
from cloud.ingest.ledger import Key, Page, Verdict
from cloud.ingest.sift import FUTURE_MS, Column, Rejected, Row, sift
from cloud.store import gateways, points, readings
from cloud.store.database import Database
from cloud.store.gateways import Owner
from cloud.store.points import Name, PointIds
from protocol.messages import Batch, Receipt, Refusal, RefusalCode
from protocol.reading import Point

_REASONS = {
    Verdict.CONFLICT: "this number was committed with other content; seal these readings in a new epoch",
    Verdict.STALE: "this number is settled already; seal these readings in a new epoch",
}


class Arrived(msgspec.Struct, frozen=True):
    """A decoded batch and who sent it, by the connection's credential and not by what it says."""

    gateway: str
    batch: Batch
    digest: str  # of its body


class Stored(msgspec.Struct):
    """What a commit brought to one site, for the live view."""

    latest: dict[int, Row] = {}  # by point id: readings that became the latest
    late: set[int] = set()  # points that got older readings
    late_from: int = 0  # the span of those, ms UTC
    late_to: int = 0


class Outcome(msgspec.Struct):
    """What became of a group: an answer per batch, in its order; None for a revoked gateway."""

    answers: list[Receipt | Refusal | None]
    sites: dict[int, Stored]


class _Fresh(msgspec.Struct, frozen=True):
    arrived: Arrived
    owner: Owner
    columns: list[Column]
    rejected: list[Rejected]


async def accept(
    database: Database, ids: PointIds, incarnation: str, group: Sequence[Arrived], now: int
) -> Outcome:
    """Count every batch of the group once: ledger, readings, latest, transitions and losses in one commit.

    Returns after the commit. Raises the database's errors, and then nothing was counted.
    """

    async def work(connection: AsyncConnection) -> Outcome:
        owners = await gateways.lock_active(connection, {arrived.gateway for arrived in group})
        pages = await ledger.lock(
            connection,
            {
                (arrived.gateway, arrived.batch.epoch): owners[arrived.gateway].organisation_id
                for arrived in group
                if arrived.gateway in owners
            },
        )
        verdicts = _judge(group, owners, pages)
        await ledger.save(connection, pages.items())
        faultpoint.reach("ledger_done")
        fresh = [
            _Fresh(arrived, owners[arrived.gateway], *sift(arrived.batch, now))
            for arrived, verdict in zip(group, verdicts, strict=True)
            if verdict is Verdict.FRESH
        ]
        sites, conflicting = await _store(connection, ids, fresh, now)
        rejected = {id(one.arrived): one.rejected for one in fresh}
        return Outcome(
            [
                verdict
                and _answer(
                    arrived,
                    verdict,
                    pages[_key(arrived)].mark,
                    incarnation,
                    rejected.get(id(arrived), []),
                    conflicting.get(_key(arrived) + (arrived.batch.number,), 0),
                    now,
                )
                for arrived, verdict in zip(group, verdicts, strict=True)
            ],
            sites,
        )

    return await database.write(work)


def _key(arrived: Arrived) -> Key:
    return arrived.gateway, arrived.batch.epoch


def _judge(
    group: Iterable[Arrived], owners: dict[str, Owner], pages: dict[Key, Page]
) -> list[Verdict | None]:
    """A verdict per batch, None for a revoked gateway; enters the fresh ones into their pages."""
    verdicts: list[Verdict | None] = []
    for arrived in group:
        if arrived.gateway not in owners:
            verdicts.append(None)
            continue
        page, number = pages[_key(arrived)], arrived.batch.number
        verdict = ledger.judge(page, number, arrived.digest)
        if verdict is Verdict.FRESH:
            pages[_key(arrived)] = ledger.enter(page, number, arrived.digest)
        verdicts.append(verdict)
    return verdicts


def _answer(
    arrived: Arrived,
    verdict: Verdict,
    mark: int,
    incarnation: str,
    rejected: list[Rejected],
    conflicting: int,
    now: int,
) -> Receipt | Refusal:
    batch = arrived.batch
    if verdict in _REASONS:
        return Refusal(
            code=RefusalCode.CONFLICT if verdict is Verdict.CONFLICT else RefusalCode.STALE,
            reason=_REASONS[verdict],
            digest=arrived.digest,
            epoch=batch.epoch,
            number=batch.number,
            incarnation=incarnation,
            mark=mark,
        )
    return Receipt(
        epoch=batch.epoch,
        number=batch.number,
        digest=arrived.digest,
        incarnation=incarnation,
        mark=mark,
        rejected=[(one.place, one.code) for one in rejected],
        conflicting=conflicting,
        server_time=now,
    )


async def _store(
    connection: AsyncConnection, ids: PointIds, fresh: Sequence[_Fresh], now: int
) -> tuple[dict[int, Stored], dict[tuple[str, str, int], int]]:
    """Write what fresh batches hold. Returns what the live view shows, and conflicts by batch."""
    keys = await _resolve(connection, ids, fresh, now)
    by_point: dict[int, list[tuple[_Fresh, list[Row]]]] = defaultdict(list)
    organisations: dict[int, tuple[int, int]] = {}  # by point id: organisation, site
    for one in fresh:
        for column in one.columns:
            key = keys[one.owner.site_id, column.point.name]
            by_point[key].append((one, column.rows))
            organisations[key] = one.owner.organisation_id, one.owner.site_id
    known = await points.lock_latest(connection, by_point)
    doubtful: dict[int, list[tuple[_Fresh, list[Row]]]] = {}
    new: dict[int, list[Row]] = {}
    for key, columns in by_point.items():
        rows = [row for _, column in columns for row in column]
        if _only_newer(rows, known[key].newest_at):
            new[key] = rows
        else:
            doubtful[key] = columns
    aside = await _look_up(connection, doubtful, new)
    await readings.insert(connection, new, {key: pair[0] for key, pair in organisations.items()})
    sites = await _advance(connection, new, known, organisations, now)
    await events.record(
        connection,
        [(one.arrived.gateway, one.owner, one.arrived.batch, one.rejected) for one in fresh],
        keys,
        now,
    )
    conflicts: dict[tuple[str, str, int], int] = defaultdict(int)
    for key, one, _ in aside:
        conflicts[_key(one.arrived) + (one.arrived.batch.number,)] += 1
    await events.keep_aside(
        connection,
        [
            (
                key,
                one.owner.organisation_id,
                row,
                one.arrived.gateway,
                one.arrived.batch.epoch,
                one.arrived.batch.number,
            )
            for key, one, row in aside
        ],
        now,
    )
    return sites, conflicts


async def _resolve(
    connection: AsyncConnection, ids: PointIds, fresh: Sequence[_Fresh], now: int
) -> dict[Name, int]:
    wanted: dict[Name, Point] = {}
    senders: dict[Name, str] = {}
    for one in fresh:
        # Thinned buckets name points as series do.
        thinned = [
            one.arrived.batch.points[row.point]
            for row in one.arrived.batch.thinned
            if row.point < len(one.arrived.batch.points)
        ]
        for point in (*(column.point for column in one.columns), *thinned):
            wanted[one.owner.site_id, point.name] = point
            senders[one.owner.site_id, point.name] = one.arrived.gateway
    organisations = {one.owner.site_id: one.owner.organisation_id for one in fresh}
    return await ids.resolve(connection, wanted, organisations, senders, now)


def _only_newer(rows: Sequence[Row], newest_at: int | None) -> bool:
    """Whether these can't repeat anything: strictly rising, and all above what the point ever had."""
    last = newest_at if newest_at is not None else -1
    for at, _, _ in rows:
        if at <= last:
            return False
        last = at
    return True
