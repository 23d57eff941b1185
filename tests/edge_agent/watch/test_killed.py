"""kill -9 at random moments: the same transitions as without, none lost, none twice."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from edge_agent.outbox.facts import read_facts
from protocol.messages import Transition
from tests.edge_agent.watch.desk import told
from tests.edge_agent.watch.judged_source import ROWS
from tests.waiting import until

ROUNDS = 8
KILLS = 3  # at least; a fast machine may be done before the last


def test_killed_at_random_moments_it_tells_what_it_would_have(tmp_path: Path) -> None:
    begins = time.time_ns() // 1_000_000 - ROWS * 60_000
    whole, torn = tmp_path / "whole.db", tmp_path / "torn.db"
    journal = tmp_path / "journal"
    journal.touch()
    moments = random.Random(4)
    killed = [
        killed_after(torn, journal, begins, journal.stat().st_size + moments.randrange(4, 24))
        for _ in range(ROUNDS)
    ]
    assert sum(killed) >= KILLS
    assert start(torn, journal, begins).wait(60) == 0
    assert start(whole, tmp_path / "other", begins).wait(60) == 0
    expected, found = told(whole), told(torn)
    assert [seen(one) for one in found] == [seen(one) for one in expected]
    assert len({one.id for one in found}) == len(found)
    assert read_facts(torn, begins).queue.readings == 2 * ROWS
    counted = Counter(one.rule for one in expected)
    assert set(counted) == {"ladder", "held", "rate", "mean", "dry", "broken"}
    assert {one.course.reason for one in expected} == {"fired", "rose", "cleared"}


def seen(one: Transition) -> tuple[Any, ...]:
    """All of it but ids and when it was learned."""
    course = one.course
    return (
        (one.rule, one.point, one.state, one.severity, one.at, one.value, one.limit),
        (course.counter, course.reason, course.began, course.seen_at, course.occurrences, course.stale),
    )


def start(path: Path, journal: Path, begins: int) -> subprocess.Popen[bytes]:
    module = "tests.edge_agent.watch.judged_source"
    return subprocess.Popen([sys.executable, "-m", module, str(path), str(journal), str(begins)])


def killed_after(path: Path, journal: Path, begins: int, size: int) -> bool:
    """Run it until the journal has grown to a size, then kill it wherever it is; whether it was not done."""
    agent = start(path, journal, begins)
    try:
        until(lambda: agent.poll() is not None or journal.stat().st_size > size, 60, "the journal to grow")
    finally:
        agent.kill()
        code = agent.wait(10)
    assert code in {0, -signal.SIGKILL}
    return code != 0
