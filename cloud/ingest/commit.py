"""accept(): THE one door for readings. MQTT and HTTPS both end here, in one transaction."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import faultpoint
from cloud.ingest import ledger, write
from cloud.ingest.ledger import Key, Page, Verdict
from cloud.ingest.write import Arrived, Fresh, Stored
from cloud.store import gateways
from cloud.store.database import Database
from cloud.store.gateways import Owner
from cloud.store.points import PointIds
from protocol.messages import Receipt, Refusal, RefusalCode, RetryAfter

UNKNOWN_GATEWAY_S = 300.0  # somebody has to enter it first

_REFUSALS = {
    Verdict.CONFLICT: (
        RefusalCode.CONFLICT,
        "this number was committed with other content; seal these readings in a new epoch",
    ),
    Verdict.STALE: (RefusalCode.STALE, "this number is settled already; seal these readings in a new epoch"),
}

Reply = Receipt | Refusal | RetryAfter | None


class Outcome(msgspec.Struct):
    """What became of a group: an answer per batch, in its order; None for a revoked gateway."""

    answers: list[Reply]
    sites: dict[int, Stored]


async def accept(
    database: Database, ids: PointIds, incarnation: str, group: Sequence[Arrived], now: int
) -> Outcome:
    """Count every batch of the group once: ledger, readings, latest, transitions and losses in one commit.

    Returns after the commit. Raises the database's errors, and then nothing was counted.
    """

    async def work(connection: AsyncConnection) -> Outcome:
        owners = await gateways.lock_owners(connection, {arrived.gateway for arrived in group})
        active = [arrived for arrived in group if _is_active(owners.get(arrived.gateway))]
        pages = await ledger.lock(
            connection, {_key(arrived): owners[arrived.gateway].organisation_id for arrived in active}
        )
        verdicts = _judge(active, pages)
        await ledger.save(connection, pages.items())
        faultpoint.reach("ledger_done")
        fresh = [
            Fresh(place, owners[arrived.gateway], arrived)
            for place, arrived in enumerate(group)
            if verdicts.get(id(arrived)) is Verdict.FRESH
        ]
        sites, conflicting = await write.write(connection, ids, fresh, now)
        return Outcome(
            [
                _answer(
                    arrived,
                    owners.get(arrived.gateway),
                    verdicts.get(id(arrived)),
                    pages.get(_key(arrived)),
                    incarnation,
                    conflicting.get(place, 0),
                    now,
                )
                for place, arrived in enumerate(group)
            ],
            sites,
        )

    return await database.write(work, of_readings=True)


def _is_active(owner: Owner | None) -> bool:
    return owner is not None and not owner.revoked


def _key(arrived: Arrived) -> Key:
    return arrived.gateway, arrived.batch.epoch


def _judge(active: Sequence[Arrived], pages: dict[Key, Page]) -> dict[int, Verdict]:
    """A verdict per batch, by its identity; enters the fresh ones into their pages."""
    verdicts: dict[int, Verdict] = {}
    for arrived in active:
        page, number = pages[_key(arrived)], arrived.batch.number
        verdict = verdicts[id(arrived)] = ledger.judge(page, number, arrived.digest)
        if verdict is Verdict.FRESH:
            pages[_key(arrived)] = ledger.enter(page, number, arrived.digest)
    return verdicts


def _answer(
    arrived: Arrived,
    owner: Owner | None,
    verdict: Verdict | None,
    page: Page | None,
    incarnation: str,
    conflicting: int,
    now: int,
) -> Reply:
    batch = arrived.batch
    if verdict is None or page is None:
        return None if owner else _unknown_gateway(arrived)
    if verdict in _REFUSALS:
        code, reason = _REFUSALS[verdict]
        return Refusal(
            code=code,
            reason=reason,
            digest=arrived.digest,
            epoch=batch.epoch,
            number=batch.number,
            incarnation=incarnation,
            mark=page.mark,
        )
    return Receipt(
        epoch=batch.epoch,
        number=batch.number,
        digest=arrived.digest,
        incarnation=incarnation,
        mark=page.mark,
        rejected=[(one.place, one.code) for one in arrived.sifted.rejected],
        conflicting=conflicting,
        server_time=now,
    )


def _unknown_gateway(arrived: Arrived) -> RetryAfter:
    return RetryAfter(
        code="unknown_gateway",
        after_s=UNKNOWN_GATEWAY_S,
        epoch=arrived.batch.epoch,
        number=arrived.batch.number,
        digest=arrived.digest,
        reason=f"the cloud knows no gateway {arrived.gateway} yet; enter it with evara-cloud gateway add",
    )
