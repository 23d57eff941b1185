"""What agent and cloud hold in memory while nothing happens: one connected agent without sources."""

import tempfile
import time
from pathlib import Path

from benchmarks import processes
from benchmarks.agents import Agent
from benchmarks.result import Better, Result, Results
from tests import clouds

SETTLE_S = 20.0


def measure() -> Results:
    with tempfile.TemporaryDirectory() as name, clouds.embedded(Path(name)) as cloud:
        place = Path(name) / "agent"
        agent = Agent(place, cloud.add_gateway("idle", out=place)).start()
        time.sleep(SETTLE_S)
        agent_mb, cloud_mb = processes.memory_mb(agent.pid), processes.memory_mb(cloud.web.pid)
        agent.kill()
    return {
        "agent_memory_idle": Result(agent_mb, "MB", Better.LOWER, goal=60.0),
        "cloud_memory_idle": Result(cloud_mb, "MB", Better.LOWER, goal=120.0),
    }
