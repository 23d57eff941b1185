"""What the agent costs at 1, 10 and 100 readings a second, while it forwards to a cloud every minute."""

import tempfile
import time
from pathlib import Path

from benchmarks import processes
from benchmarks.agents import Agent, at_rate
from benchmarks.result import Better, Result, Results
from tests import clouds
from tests.clouds import Cloud
from tests.waiting import until

RATES = (1, 10, 100)  # readings a second
SETTLE_S = 10.0  # after its start, before anything is counted
MEASURED_S = 90.0

GOAL_MB = 60.0
GOAL_CPU_S = {10: 1.5}  # per 1,000 readings
GOAL_BYTES = {10: 2_048.0}  # written per reading, live


def measure() -> Results:
    results: Results = {}
    with tempfile.TemporaryDirectory() as place, clouds.embedded(Path(place)) as cloud:
        agents = {rate: _start(cloud, Path(place) / f"agent-{rate}", rate) for rate in RATES}
        try:
            time.sleep(SETTLE_S)
            before = {rate: _spent(agent) for rate, agent in agents.items()}
            time.sleep(MEASURED_S)
            for rate, agent in agents.items():
                cpu_s, written = (after - was for after, was in zip(_spent(agent), before[rate], strict=True))
                results |= _results(rate, cpu_s, written, processes.memory_mb(agent.pid))
        finally:
            for agent in agents.values():
                agent.kill()
    return results


def _start(cloud: Cloud, place: Path, rate: int) -> Agent:
    gateway = cloud.add_gateway(f"rate {rate}", f"site {rate}", out=place)
    agent = Agent(place, gateway, at_rate(rate)).start()
    until(agent.taken, 30, "the first reading is taken")
    return agent


def _spent(agent: Agent) -> tuple[float, int]:
    return processes.cpu_s([agent.pid]), processes.written_bytes(agent.pid)


def _results(rate: int, cpu_s: float, written: float, memory_mb: float) -> Results:
    readings = rate * MEASURED_S
    at = f"at_{rate}_per_s"
    return {
        f"agent_memory_{at}": Result(memory_mb, "MB", Better.LOWER, goal=GOAL_MB),
        f"agent_cpu_{at}": Result(
            cpu_s / readings * 1000, "CPU s/1,000 readings", Better.LOWER, goal=GOAL_CPU_S.get(rate)
        ),
        f"agent_written_live_{at}": Result(
            written / readings, "bytes a reading", Better.LOWER, goal=GOAL_BYTES.get(rate)
        ),
    }
