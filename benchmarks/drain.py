"""How fast an agent drains 1,000,000 readings after a long time offline, and whether its memory is flat."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import processes
from benchmarks.agents import POINTS, Agent
from benchmarks.result import Better, Result, Results
from tests import clouds, servers
from tests.waiting import until

READINGS = 1_000_000
EVERY_S = 5.0
EXTRA = 90  # points beside the community's
WARM = 0.2  # of it drained, before its memory counts as its own
FLAT_MB = 5.0  # growth that is none

_PAST_H = READINGS / (POINTS + EXTRA) * EVERY_S / 3600


def measure() -> Results:
    with tempfile.TemporaryDirectory() as name, servers.postgres() as database, servers.redis() as redis:
        place, url = Path(name), database.create_database("evara")
        with clouds.scaled(place / "cloud", url, redis, modes=("api", "ingest")) as cloud:
            gateway = cloud.add_gateway("drain", out=place / "agent")
            agent = Agent(
                place / "agent", source={"every_s": EVERY_S, "extra_points": EXTRA, "past_h": _PAST_H}
            )
            agent.start()
            fill_s = _seconds(lambda: (agent.taken() or 0) >= READINGS)
            agent.stop()
            waiting = agent.unsent()
            agent.configure(gateway, None)
            agent.start()
            memory: list[tuple[int, float]] = []
            drain_s = _seconds(lambda: _is_drained(agent, memory))
            agent.kill()
            stored = int(database.sql("SELECT count(*) FROM reading", "evara"))
    assert stored == waiting
    warm = [mb for unsent, mb in memory if unsent <= (1 - WARM) * waiting]
    assert len(warm) > 10, "too few looks at its memory: let it drain more"
    return {
        "drain_rate": Result(waiting / drain_s, "readings/s", Better.HIGHER),
        "drain_memory_growth": Result(max(warm) - warm[0], "MB", Better.LOWER, goal=FLAT_MB),
        "drain_memory": Result(max(warm), "MB", Better.LOWER),
        "agent_fill_rate": Result(waiting / fill_s, "readings/s", Better.HIGHER),
    }


def _is_drained(agent: Agent, memory: list[tuple[int, float]]) -> bool:
    memory.append((agent.unsent(), processes.memory_mb(agent.pid)))
    return memory[-1][0] == 0


def _seconds(condition: Callable[[], bool]) -> float:
    begun = time.monotonic()
    until(condition, 1_800, "all readings are through")
    return time.monotonic() - begun
