"""What was counted already: one row per (gateway, epoch), locked before anything else is touched."""

import enum
from bisect import insort
from collections.abc import Iterable, Sequence
from struct import Struct

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.store import bulk
from cloud.store.tables.batches import ledger

DIGESTS_KEPT = 64  # twice the numbers that an agent has under way at most
ABOVE_LIMIT = 256  # numbers above the mark; a gateway that leaves more gaps has them closed

_ABOVE, _DIGEST = Struct(">q"), Struct(">q16s")  # as the table's comments say

_PAGES = (
    select(ledger.c.gateway_id, ledger.c.epoch, ledger.c.mark, ledger.c.above, ledger.c.digests)
    .order_by(ledger.c.gateway_id, ledger.c.epoch)
    .with_for_update()
)

Key = tuple[str, str]  # gateway id, epoch


class Verdict(enum.Enum):
    FRESH = "never seen: take it"
    REPEATED = "taken already: receipt again, nothing else"
    CONFLICT = "this number was taken with other content"
    STALE = "this number is settled and its content no longer known"


class Page(msgspec.Struct, frozen=True):
    """The ledger of one epoch."""

    mark: int = 0  # every number up to it is settled
    above: tuple[int, ...] = ()  # settled numbers above it, sorted
    digests: bytes = b""  # of the newest numbers, sorted, as the table's comment says


def judge(page: Page, number: int, digest: str) -> Verdict:
    """What a batch with this number and content is."""
    for known, content in _DIGEST.iter_unpack(page.digests):
        if known == number:
            return Verdict.REPEATED if content.hex() == digest else Verdict.CONFLICT
    if number <= page.mark or number in page.above:
        return Verdict.STALE
    return Verdict.FRESH


def enter(page: Page, number: int, digest: str) -> Page:
    """The page with one more batch; only for a fresh one."""
    above = list(page.above)
    insort(above, number)
    mark = page.mark
    # Closing the oldest gap loses nothing: a batch that comes later is stale, and stale is sent anew.
    if len(above) > ABOVE_LIMIT:
        mark = above.pop(0)
    while above and above[0] == mark + 1:
        mark = above.pop(0)
    entries = [*_split(page.digests), _DIGEST.pack(number, bytes.fromhex(digest))]
    # Big endian: numbers, which are positive, sort as their bytes do.
    return Page(mark, tuple(above), b"".join(sorted(entries)[-DIGESTS_KEPT:]))


def _split(digests: bytes) -> list[bytes]:
    return [digests[start : start + _DIGEST.size] for start in range(0, len(digests), _DIGEST.size)]


async def lock(connection: AsyncConnection, owners: dict[Key, int]) -> dict[Key, Page]:
    """The pages of these epochs, made where they are new, locked in sorted order. `owners`: organisations."""
    if not owners:
        return {}
    keys = sorted(owners)
    pages = await _select(connection, keys)
    missing = [key for key in keys if key not in pages]
    if missing:
        await bulk.insert(
            connection,
            ledger,
            ("gateway_id", "epoch", "organisation_id", "mark", "above", "digests"),
            [(*key, owners[key], 0, b"", b"") for key in missing],
        )
        # Two workers may have made the same page: read what is there now, locked.
        pages = await _select(connection, keys)
    return pages


async def save(connection: AsyncConnection, pages: Iterable[tuple[Key, Page]]) -> None:
    """Write locked pages back."""
    rows = [
        (
            *key,
            page.mark,
            b"".join(map(_ABOVE.pack, page.above)),
            page.digests,
        )
        for key, page in pages
    ]
    await bulk.update(connection, ledger, ("gateway_id", "epoch"), ("mark", "above", "digests"), rows)


async def mark_of(connection: AsyncConnection, gateway: str, epoch: str) -> int:
    """The low-water mark, 0 for an epoch never seen; for the answer to a birth."""
    found = await connection.scalar(
        select(ledger.c.mark).where(ledger.c.gateway_id == gateway, ledger.c.epoch == epoch)
    )
    return found or 0


async def _select(connection: AsyncConnection, keys: Sequence[Key]) -> dict[Key, Page]:
    gateways, epochs = zip(*keys, strict=True)
    # Every pairing of these: few more than the keys, and those belong to the same senders.
    rows = await bulk.rows_among(connection, _PAGES, {"gateway_id": set(gateways), "epoch": set(epochs)})
    return {
        (gateway, epoch): Page(mark, tuple(number for (number,) in _ABOVE.iter_unpack(above)), digests)
        for gateway, epoch, mark, above, digests in rows
    }
