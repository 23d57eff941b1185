"""The judge itself: it finds what it must find, and nothing in a database that is as it should be."""

from pathlib import Path

import msgspec
import pytest

from tests.faults import oracle
from tests.faults.journal import Fate, Journal, Receipted, Sent
from tests.faults.stored import Stored

NOON = 1_764_072_000_000
ROWS: list[tuple[str, int, float | None]] = [("tank/level", NOON + step, float(step)) for step in range(4)]
SENT = [
    *(Sent("amba", "e", 1 + step // 2, step % 2, *row, Fate.STORED) for step, row in enumerate(ROWS)),
    Sent("amba", "e", 2, 2, "tank/level", NOON, 99.0, Fate.ASIDE),
    Sent("amba", "e", 2, 3, "tank/level", 1, 5.0, Fate.REJECTED),
]
GOOD = Stored(
    readings=ROWS,
    latest=[("tank/level", NOON + 3, 3.0)],
    aside=[("tank/level", NOON, 99.0)],
    buckets=[("tank/level", NOON, 4, 6.0)],
    rejected=[("amba", "e", 2, 3, "time_out_of_range")],
    ledger=[("amba", "e", 1, (2).to_bytes(8))],
    losses=[("amba", "l1")],
    transitions=[],
    undecodable=[],
    dirty=[],
)
RECEIPTS = [Receipted("amba", "e", number, 0.0, 1.0, 0, 0) for number in (1, 2)]
LOSSES = {("amba", "l1")}

WRONG = [
    pytest.param({"readings": ROWS[1:]}, "I1 lost: 1", id="a reading is missing"),
    pytest.param({"readings": []}, "I1 lost: 4", id="all are missing"),
    pytest.param({"readings": [*ROWS, ROWS[0]]}, "I2 doubled: 1", id="a row is there twice"),
    pytest.param(
        {"readings": [*ROWS[:3], ("tank/level", NOON + 3, 2.0)]}, "I1 lost: 1", id="a value is another"
    ),
    pytest.param(
        {"readings": [*ROWS, ("tank/level", NOON + 9, 9.0)]},
        "I2 stored but never sent like this: 1",
        id="a row that nobody sent",
    ),
    pytest.param({"aside": []}, "I1 lost, readings kept aside: 1", id="a conflicting reading is gone"),
    pytest.param({"aside": GOOD.aside * 2}, "I2 doubled, readings kept aside: 1", id="kept aside twice"),
    pytest.param({"rejected": []}, "I1 lost, rejected readings: 1", id="a rejected reading is gone"),
    pytest.param({"losses": []}, "I1 lost, losses: 1", id="a loss is gone"),
    pytest.param({"latest": [("tank/level", NOON + 2, 2.0)]}, "I5", id="an older value is shown as latest"),
    pytest.param({"buckets": [("tank/level", NOON, 5, 6.0)]}, "I2 buckets", id="a bucket counts too many"),
    pytest.param({"buckets": [("tank/level", NOON, 4, 6.5)]}, "I2 buckets", id="a bucket has another sum"),
    pytest.param({"buckets": []}, "I2 buckets", id="a bucket was never counted"),
    pytest.param({"ledger": [("amba", "e", 1, b"")]}, "I2 receipted but", id="the ledger forgot a number"),
    pytest.param({"ledger": []}, "I2 receipted but", id="the ledger forgot an epoch"),
]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert oracle.judge(SENT, RECEIPTS, LOSSES, GOOD) == []


@pytest.mark.parametrize(("change", "finding"), WRONG)
def test_what_is_wrong_is_found(change: dict[str, object], finding: str) -> None:
    found = oracle.judge(SENT, RECEIPTS, LOSSES, msgspec.structs.replace(GOOD, **change))
    assert any(one.startswith(finding) for one in found), found


def test_a_bucket_that_waits_to_be_counted_may_be_wrong() -> None:
    waiting = msgspec.structs.replace(GOOD, buckets=[], dirty=[("tank/level", NOON)])
    assert oracle.judge(SENT, RECEIPTS, LOSSES, waiting) == []


def test_a_receipt_before_the_commit_is_found() -> None:
    receipt = Receipted("amba", "e", 2, 0.0, 1.0, 0, 0)
    assert list(oracle.early([receipt], SENT, ROWS)) == []
    (finding,) = oracle.early([receipt], SENT, ROWS[:3])
    assert finding.startswith("I3 receipted but not stored: 1")
    assert list(oracle.early([], SENT, [])) == []


def test_a_ledger_that_grows_is_found() -> None:
    grown = msgspec.structs.replace(GOOD, ledger=[("amba", f"e{i}", 1, b"") for i in range(101)])
    assert list(oracle.ledger_rows(grown, 100))
    assert not list(oracle.ledger_rows(GOOD, 100))


def test_the_journal_gives_back_what_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    receipt = Receipted("amba", "e", 1, 1.25, 2.5, 1, 0)
    faulty = msgspec.structs.replace(SENT[0], value=None)
    journal.write_sent([*SENT, faulty], [("amba", "l1")])
    journal.write_receipt(receipt)
    assert list(journal.sent()) == [*SENT, faulty]
    assert list(journal.receipts()) == [receipt]
    assert journal.losses() == LOSSES
    journal.close()
