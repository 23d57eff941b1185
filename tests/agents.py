"""Real agents: `evara-agent run` in a process of its own, from a written agent.toml, kept over restarts.

with agents.agent(tmp_path, sources=agents.COMMUNITY) as agent:
    agent.until(lambda status: status["backlog"] > 100)
    agent.kill()
    agent.start()
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from tests.waiting import until

_ROOT = Path(__file__).parent.parent
_COMMAND = [sys.executable, "-m", "edge_agent"]

COMMUNITY = '[[sources]]\nkind = "simulated"\nname = "community"\nevery_s = 1.0\njournal = "journal.csv"\n'

Json = dict[str, Any]


class Agent:
    """An agent's folder, and its process while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "agent.toml"
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self, *options: str) -> Self:
        """Returns at once: what it must have done by then is the test's to say."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_COMMAND, "run", "--config", str(self.config), *options],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def stop(self, within_s: float = 10.0) -> int:
        """SIGTERM; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(within_s)

    def kill(self) -> None:
        """SIGKILL, as the power going away would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def tell(self, command: str, *words: str) -> tuple[int, str]:
        """The exit code and what `evara-agent COMMAND` printed."""
        done = subprocess.run(
            [*_COMMAND, command, "--config", str(self.config), *words],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )
        return done.returncode, done.stdout + done.stderr

    def status(self) -> Json:
        """What it has to say; empty while there is no outbox yet."""
        text = self.tell("status", "--json")[1]
        return json.loads(text) if text.startswith("{") else {}

    def until(self, condition: Callable[[Json], object], timeout_s: float = 30.0) -> Json:
        """The first status that meets it."""
        found: list[Json] = []

        def holds() -> bool:
            assert self.process is None or self.process.poll() is None, self.log.read_text()
            found[:] = [self.status()]
            return bool(found[0] and condition(found[0]))

        until(holds, timeout_s, f"the agent's status; its log:\n{self.log.read_text()[-2000:]}")
        return found[0]


@contextlib.contextmanager
def agent(folder: Path, document: str = "", sources: str = "") -> Iterator[Agent]:
    """A running agent; `document` and `sources` make its agent.toml. Whatever becomes of it, it ends."""
    made = Agent(folder)
    made.config.write_text(document + "\n" + sources)
    try:
        yield made.start()
    finally:
        made.kill()
