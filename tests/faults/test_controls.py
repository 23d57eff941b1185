"""Negative controls: builds that are wrong on purpose. Each must be caught, by the case that is named for it.

A patch is applied to a copy of the project and the case runs there. A patch that no longer applies fails.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
PATCHES = Path(__file__).with_name("controls")
COPIED = ["cloud", "edge_agent", "firmware_bridge", "protocol", "tests", "pyproject.toml"]
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", ".*_cache")


class Control(msgspec.Struct, frozen=True):
    patch: str
    file: str  # test_<file>.py
    test: str  # with its parameters
    finding: str  # what the case must say


KILLED = "test_a_worker_is_killed_at_each_point"
FLOOD = "test_every_batch_comes_ten_times_and_again_after_a_month"
REBORN = "test_a_gateway_is_reborn_or_cloned"
ROLLING = "test_workers_are_restarted_one_by_one"
WEEK = "test_a_week_comes_late_and_only_what_still_holds_is_told"
LOST = "test_receipts_are_lost"
POSTGRES = "test_postgres_is_killed_in_a_loop"
CUT = "test_the_power_is_cut"
BY_KEY = "test_killed_between_send_and_mark_it_is_one_delivery_by_its_key"

CONTROLS = [
    Control("ack_before_commit", "f01_worker_killed", f"{KILLED}[seed-1-embedded]", "I3 receipted"),
    Control("ack_before_commit", "f11_power_cut", f"{CUT}[seed-1]", "receipted but not"),
    Control("ack_before_commit", "f07_database_killed", f"{POSTGRES}[seed-1-scaled]", "I3 receipted"),
    Control("ledger_removed", "f13_duplicate_flood", f"{FLOOD}[seed-1-embedded]", "I2 doubled"),
    Control("ledger_removed", "f01_worker_killed", f"{KILLED}[seed-1-embedded]", "I2 receipted but not"),
    Control("ledger_removed", "f14_receipts_lost", f"{LOST}[seed-1-embedded]", "I2 doubled"),
    Control("ledger_outside_transaction", "f01_worker_killed", f"{KILLED}[seed-1-scaled]", "I1 lost"),
    Control("ledger_of_24_hours", "f13_duplicate_flood", f"{FLOOD}[seed-1-scaled]", "I2 doubled"),
    Control("no_content_hash", "f15_reborn_and_cloned", f"{REBORN}[seed-1-embedded]", "I1 lost"),
    Control("latest_without_time_guard", "f03_rolling_restart", f"{ROLLING}[seed-1-embedded]", "I5 latest"),
    Control("latest_without_time_guard", "f16_backlog", f"{WEEK}[6048-embedded]", "I5 latest"),
    Control("postgres_synchronous_commit_off", "f07_database_killed", f"{POSTGRES}[seed-1-scaled]", "I3 rec"),
    Control("sqlite_synchronous_off", "f11_power_cut", f"{CUT}[seed-1]", "receipted but not"),
    Control("notification_inside_transaction", "f20_notifier", f"{BY_KEY}[sqlite-seed-1]", "I4 4 raw extras"),
]


@pytest.mark.long
@pytest.mark.parametrize("control", [pytest.param(one, id=f"{one.patch}-{one.file}") for one in CONTROLS])
def test_the_sabotage_is_caught(
    control: Control, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    _copy(tmp_path)
    _apply(tmp_path, PATCHES / f"{control.patch}.patch")
    case = f"tests/faults/test_{control.file}.py::{control.test}"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", case]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=800)
    assert done.returncode == 1, f"the case did not fail:\n{done.stdout[-3000:]}"
    found = [line for line in done.stdout.splitlines() if control.finding in line]
    assert found, f"it failed for another reason:\n{done.stdout[-5000:]}"
    record_property("caught", f"{control.patch}: by {control.test}: {found[0].strip('E ')}")


@pytest.mark.parametrize("patch", sorted(PATCHES.glob("*.patch")), ids=lambda patch: patch.stem)
def test_the_sabotage_still_applies(patch: Path) -> None:
    """Known at once, not only in the long form."""
    _apply(ROOT, patch, "--check")


def _copy(place: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, place / name)


def _apply(place: Path, patch: Path, *options: str) -> None:
    command = ["git", "apply", *options, str(patch)]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, f"{patch.name} no longer applies:\n{done.stderr}"
