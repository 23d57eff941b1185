"""What the agent writes for a reading while offline, against bare SQLite with the same tables and commits."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import processes
from benchmarks.agents import Agent, at_rate
from benchmarks.result import Better, Result, Results
from tests.waiting import until

RATE = 10  # readings a second
MEASURED_S = 150.0  # long enough for the write-ahead log to be written back


def measure() -> Results:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        agent = Agent(place, source=at_rate(RATE)).start()
        until(agent.taken, 30, "the first reading is taken")
        begun = agent.taken() or 0, processes.written_bytes(agent.pid)
        time.sleep(MEASURED_S)
        written = processes.written_bytes(agent.pid) - begun[1]
        each = written / ((agent.taken() or 0) - begun[0])
        agent.kill()
        bare = _bare(agent.outbox, place / "bare.db")
    return {
        "agent_written_vs_sqlite": Result(each / bare, "ratio", Better.LOWER, 1.0, 1.3),
        "agent_written_offline": Result(each, "bytes a reading", Better.LOWER, bare, 1_434.0),
    }


def _bare(outbox: Path, target: Path) -> float:
    """The bytes that SQLite alone writes for a reading, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare_sqlite", str(outbox), str(target)],
        check=True,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return float(done.stdout)
