"""What the door answers to reads, byte for byte.

A case is a folder with `request.txt`, the target and then header lines, and `expected.txt`: status and type
in the first line, then the body as it is. A case may have its own `entries.json`, or a `channel.json` with
what differs from the channel of the others.
"""

from pathlib import Path

import pytest

from tests.firmware_bridge.door_reads import CASES, answered, entries
from tests.firmware_bridge.remembered import Remembered


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_case(case: Path) -> None:
    assert await answered(case, Remembered(entries(case))) == (case / "expected.txt").read_bytes()
