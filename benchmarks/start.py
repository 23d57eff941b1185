"""From the start of the agent's process to its first stored reading, against bare Python that stores one."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.agents import Agent, at_rate
from benchmarks.result import Better, Result, Results
from tests.waiting import until

TIMES = 5
_BARE = """
import sqlite3, sys
sql = sqlite3.connect(sys.argv[1])
sql.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE reading (at, value);")
sql.execute("INSERT INTO reading VALUES (1, 2)")
sql.commit()
"""


def measure() -> Results:
    value = statistics.median(_agent_s() for _ in range(TIMES))
    limit = statistics.median(_bare_s() for _ in range(TIMES))
    return {"agent_start_to_first_reading": Result(value, "s", Better.LOWER, limit, 1.5)}


def _agent_s() -> float:
    with tempfile.TemporaryDirectory() as place:
        agent = Agent(Path(place), source={**at_rate(10), "past_h": 1})  # a reading is due at once
        begun = time.monotonic()
        agent.launch()
        until(agent.taken, 30, "the first reading is stored")
        spent = time.monotonic() - begun
        agent.kill()
    return spent


def _bare_s() -> float:
    with tempfile.TemporaryDirectory() as place:
        begun = time.monotonic()
        subprocess.run([sys.executable, "-c", _BARE, f"{place}/bare.db"], check=True, timeout=60)
        return time.monotonic() - begun
