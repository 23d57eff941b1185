"""Whoever reads what a command prints may have seen enough: `evara-agent sources | head -5`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.outbox.store import open_outbox
from tests.agents import COMMUNITY


@pytest.mark.parametrize(
    "words",
    [
        ("sources",),
        ("sources", "simulated"),
        ("status",),
        ("doctor",),
        ("acknowledge",),
        ("try", "community"),
    ],
    ids=" ".join,
)
async def test_a_reader_that_leaves_ends_a_command_without_a_word(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "agent.toml").write_text(COMMUNITY)
    async with open_outbox(tmp_path / "outbox.db"):
        pass
    config = [] if words[0] == "sources" else ["--config", str(tmp_path / "agent.toml")]
    assert unread([*words, *config]) == (128 + signal.SIGPIPE, b"")


def unread(words: list[str]) -> tuple[int, bytes]:
    """How a command ends whose output nobody reads, and what it then says of that."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "edge_agent", *words], stdout=output, stderr=subprocess.PIPE, timeout=30
        )
    return done.returncode, done.stderr
