"""What meters do to the pins, and what is counted: golden cases.

A case is a folder with the source's settings, `steps.json` (levels of pins, and when the agent stops, is
killed and starts again; it runs when a case begins), and `expected.json`: the readings as [point, count].
"""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_bridge.pulses.pulses import Pulses
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async

CASES = Path(__file__).parent / "cases" / "pulses"


class Agent:
    """Runs the source, from the cursor that was committed last."""

    def __init__(self, source: Pulses, taken: Taken) -> None:
        self._source = source
        self._taken = taken

    async def start(self) -> None:
        before = len(self._taken.sizes)
        self._is_killed = False
        self._task = asyncio.create_task(self._source.feed(self._put, self._taken.cursor))
        await until_async(lambda: len(self._taken.sizes) > before)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def kill(self) -> None:
        self._is_killed = True
        await self.stop()

    async def _put(self, readings: Any, cursor: str | None = None, rejects: Any = ()) -> None:
        if not self._is_killed:
            await self._taken.put(readings, cursor, rejects)


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
async def test_case(case: Path, board: Any) -> None:
    taken = Taken()
    agent = Agent(msgspec.json.decode((case / "settings.json").read_bytes(), type=Pulses), taken)
    await agent.start()
    for step, *pins in msgspec.json.decode((case / "steps.json").read_bytes()):
        if pins:
            (board.pin(pins[0]).drive_low if step == "low" else board.pin(pins[0]).drive_high)()
        else:
            await {"start": agent.start, "stop": agent.stop, "kill": agent.kill}[step]()
    assert [[reading.point, reading.value] for reading in taken.readings] == msgspec.json.decode(
        (case / "expected.json").read_bytes()
    )
