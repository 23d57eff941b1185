"""Agents in processes of their own, as the benchmarks need them."""

import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from firmware_bridge.simulated.simulated import Simulated
from tests.clouds import Gateway
from tests.server import Server

POINTS = len(Simulated(name="community").points())


class Agent(Server):
    """`evara-agent run` in a directory that keeps its outbox over restarts; `gateway`: None only records."""

    def __init__(
        self, directory: Path, gateway: Gateway | None = None, source: Mapping[str, float] | None = None
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(directory)
        self.outbox = directory / "outbox.db"
        self.configure(gateway, source)

    def configure(self, gateway: Gateway | None, source: Mapping[str, float] | None) -> None:
        """For the next start. `source`: settings of the simulated community; None: it reads nothing."""
        lines = [gateway.document if gateway else ""]
        if source is not None:
            lines += ["[[sources]]", 'kind = "simulated"', 'name = "community"']
            lines += [f"{name} = {value}" for name, value in source.items()]
        (self.directory / "agent.toml").write_text("\n".join(lines) + "\n")

    def command(self) -> list[str]:
        return [sys.executable, "-m", "edge_agent", "run", "--config", str(self.directory / "agent.toml")]

    def accepts(self) -> bool:
        return self.taken() is not None

    def taken(self) -> int | None:
        """Readings ever committed to its outbox; None while there is none."""
        return self._ask("SELECT coalesce(max(seq), 0) FROM reading")

    def unsent(self) -> int:
        """Readings without a receipt."""
        sealed = self._ask("SELECT coalesce(sum(readings), 0) FROM batch WHERE state <> 'settled'")
        return (self._ask("SELECT count(*) FROM reading") or 0) + (sealed or 0)

    def _ask(self, question: str) -> int | None:
        try:
            with closing(sqlite3.connect(f"file:{self.outbox}?mode=ro", uri=True)) as database:
                return int(database.execute(question).fetchone()[0])
        except sqlite3.OperationalError:
            return None


def at_rate(per_s: float) -> dict[str, float]:
    """Settings for so many readings a second; more points where the community's own would need many ticks."""
    points = max(POINTS, round(per_s))
    return {"every_s": points / per_s, "extra_points": points - POINTS}
