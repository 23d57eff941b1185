"""kill -9 at random moments: what append() returned for is there after it, and everything only once."""

import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.edge_agent.outbox.contents import look
from tests.edge_agent.outbox.recording import SOURCES, reading
from tests.waiting import until

ROUNDS = 6


def test_killed_at_random_moments(tmp_path: Path) -> None:
    path, journal = tmp_path / "outbox.db", tmp_path / "journal"
    journal.touch()
    moments = random.Random(1)
    for _ in range(ROUNDS):
        killed_after(path, journal, journal.stat().st_size + moments.randrange(10, 3_000))
        promised = promises(journal)
        found = look(copy(path, tmp_path / "copy.db")).readings
        assert set(found.values()) == {1}
        for source in SOURCES:
            there = sum(1 for point, _ in found if point.startswith(source))
            assert there >= promised[source]
            # Without a gap: it went on where the committed cursor said.
            assert all((r.point, r.at) in found for r in (reading(source, n) for n in range(1, there + 1)))


def killed_after(path: Path, journal: Path, size: int) -> None:
    """Run it until the journal has grown to a size, then kill it wherever it is."""
    command = [sys.executable, "-m", "tests.edge_agent.outbox.recording", str(path), str(journal)]
    agent = subprocess.Popen(command)
    try:
        until(lambda: agent.poll() is not None or journal.stat().st_size > size, 60, "the journal to grow")
    finally:
        agent.kill()
        assert agent.wait(10) == -signal.SIGKILL


def copy(path: Path, to: Path) -> Path:
    """Looking would recover the log, which is left to the next agent."""
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{to}{suffix}")
    return to


def promises(journal: Path) -> Counter[str]:
    """The last number of each source that append returned for. A torn last line promises nothing."""
    told: Counter[str] = Counter()
    for line in journal.read_text("ascii").splitlines(keepends=True):
        if line.endswith("\n"):
            source, n = line.split()
            told[source] = max(told[source], int(n))
    return told
