"""The judge: journals against the database, invariant by invariant (I1, I2, I3, I5 and the ledger's bound).

Every finding is a sentence that names the first readings concerned. No finding: the invariant holds.
"""

import math
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from tests.faults.journal import Fate, Receipted, Sent
from tests.faults.stored import Stored, Value

_NAMED = 5  # offending readings that a finding names
BUCKET_MS = 15 * 60_000

K = TypeVar("K")
Row = tuple[str, int, Value]  # device/metric, at, value


def judge(
    sent: Sequence[Sent], receipts: Sequence[Receipted], losses: set[tuple[str, str]], stored: Stored
) -> list[str]:
    """Everything that must hold once every buffer is empty."""
    return [
        *lost(sent, stored.readings),
        *doubled(sent, stored.readings),
        *_aside(sent, stored),
        *_rejected(sent, stored),
        *_losses(losses, stored),
        *_buckets(sent, stored),
        *latest(sent, stored),
        *ledger(receipts, stored),
    ]


def lost(sent: Iterable[Sent], rows: Iterable[Row]) -> Iterator[str]:
    """I1: what was published and must be stored, but is not."""
    missing = _wanted(sent).keys() - set(rows)
    if missing:
        origin = {(row.point, row.at, row.value): row for row in sent}
        yield _finding("I1 lost", len(missing), (origin[row] for row in sorted(missing, key=str)))


def doubled(sent: Iterable[Sent], rows: Sequence[Row]) -> Iterator[str]:
    """I2: rows = distinct keys, and none that was never sent."""
    twice = [key for key, count in Counter((point, at) for point, at, _ in rows).items() if count > 1]
    if twice:
        yield _finding("I2 doubled", len(twice), twice)
    strange = set(rows) - _wanted(sent).keys()
    if strange:
        yield _finding("I2 stored but never sent like this", len(strange), sorted(strange, key=str))


def early(receipts: Iterable[Receipted], sent: Iterable[Sent], rows: Iterable[Row]) -> Iterator[str]:
    """I3: what was receipted before the crash and is not in the database after it."""
    receipted = {receipt.batch for receipt in receipts}
    there = set(rows)
    missing = [
        row
        for row in sent
        if row.fate is Fate.STORED
        and (row.gateway, row.epoch, row.number) in receipted
        and (row.point, row.at, row.value) not in there
    ]
    if missing:
        yield _finding("I3 receipted but not stored", len(missing), missing)


def latest(sent: Iterable[Sent], stored: Stored) -> Iterator[str]:
    """I5: the latest value of a point is the one with the greatest time, whatever came when."""
    newest: dict[str, tuple[int, Value]] = {}
    for point, at, value in _wanted(sent):
        if point not in newest or at > newest[point][0]:
            newest[point] = at, value
    shown = {point: (at, value) for point, at, value in stored.latest if at is not None}
    wrong = [
        f"{point} shows {shown.get(point)}, newest is {newest.get(point)}"
        for point in sorted(newest.keys() | shown.keys())
        if newest.get(point) != shown.get(point)
    ]
    if wrong:
        yield _finding("I5 latest is not the newest", len(wrong), wrong)


def ledger(receipts: Iterable[Receipted], stored: Stored) -> Iterator[str]:
    """I2 for what comes later: the ledger holds every number that was receipted."""
    pages = {
        row[:2]: (row[2], {number for (number,) in struct.iter_unpack(">q", row[3])}) for row in stored.ledger
    }
    missing = []
    for receipt in receipts:
        mark, above = pages.get((receipt.gateway, receipt.epoch), (0, set[int]()))
        if receipt.number > mark and receipt.number not in above:
            missing.append(receipt)
    if missing:
        yield _finding("I2 receipted but not in the ledger", len(missing), missing)


def ledger_rows(stored: Stored, limit: int) -> Iterator[str]:
    """I7: the ledger of a gateway stays small."""
    for gateway, count in Counter(row[0] for row in stored.ledger).items():
        if count > limit:
            yield f"I7 unbounded: the ledger has {count} rows of {gateway}, at most {limit} are allowed"


def _aside(sent: Iterable[Sent], stored: Stored) -> Iterator[str]:
    expected = Counter({(row.point, row.at, row.value): 1 for row in sent if row.fate is Fate.ASIDE})
    found = Counter(stored.aside)
    yield from _difference("readings kept aside", expected, found)


def _rejected(sent: Iterable[Sent], stored: Stored) -> Iterator[str]:
    expected = Counter(
        {(row.gateway, row.epoch, row.number, row.place): 1 for row in sent if row.fate is Fate.REJECTED}
    )
    yield from _difference("rejected readings", expected, Counter(row[:4] for row in stored.rejected))


def _losses(losses: set[tuple[str, str]], stored: Stored) -> Iterator[str]:
    yield from _difference("losses", Counter(losses), Counter(stored.losses))


def _difference(what: str, expected: Counter[K], found: Counter[K]) -> Iterator[str]:
    if missing := expected - found:
        yield _finding(f"I1 lost, {what}", missing.total(), missing)
    if extra := found - expected:
        yield _finding(f"I2 doubled, {what}", extra.total(), extra)


def _buckets(sent: Iterable[Sent], stored: Stored) -> Iterator[str]:
    """I2 on the roll-up: count and sum per point and bucket, except where it is dirty. Not to the last bit:
    floats added in another order differ there, and far less than by one reading too many or too few."""
    expected = _by_bucket((point, at, 1, value) for point, at, value in _wanted(sent) if value is not None)
    found = _by_bucket(stored.buckets)
    dirty = set(stored.dirty)
    wrong = [
        f"{point} from {since} on: (count, sum) is {found.get((point, since))},"
        f" sent was {expected.get((point, since))}"
        for point, since in sorted(expected.keys() | found.keys())
        if (point, since) not in dirty
        and not _is_same(expected.get((point, since)), found.get((point, since)))
    ]
    if wrong:
        yield _finding("I2 buckets differ from the journal", len(wrong), wrong)


def _is_same(expected: tuple[int, float] | None, found: tuple[int, float] | None) -> bool:
    if expected is None or found is None:
        return expected is found
    return expected[0] == found[0] and math.isclose(expected[1], found[1], rel_tol=1e-12)


def _by_bucket(rows: Iterable[tuple[str, int, int, float]]) -> dict[tuple[str, int], tuple[int, float]]:
    buckets: dict[tuple[str, int], tuple[int, float]] = {}
    for point, at, count, total in rows:
        if count:
            key = point, at - at % BUCKET_MS
            before = buckets.get(key, (0, 0.0))
            buckets[key] = before[0] + count, before[1] + total
    return buckets


def _wanted(sent: Iterable[Sent]) -> dict[Row, None]:
    return {(row.point, row.at, row.value): None for row in sent if row.fate is Fate.STORED}


def _finding(what: str, count: int, examples: Iterable[object]) -> str:
    named = [str(example) for _, example in zip(range(_NAMED), examples, strict=False)]
    return "\n    ".join([f"{what}: {count}; the first:", *named])
