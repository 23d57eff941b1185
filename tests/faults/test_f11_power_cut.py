"""F11 on SQLite: the power goes. What was receipted had been synced, or this case fails.

It goes at some moment of the load, or in the very moment in which a gateway hears of a receipt.
"""

import asyncio
import os
import signal
from functools import partial

import pytest

from protocol.messages import Message, Receipt
from tests.faults.case import Case, case
from tests.faults.disk import disk
from tests.faults.run import RUNS, Run
from tests.faults.supervisor import Process
from tests.faults.system import embedded
from tests.server import directory

CUTS = 3  # each round


def test_the_disk_forgets_what_was_not_synced() -> None:
    with directory("disk") as place, disk(place) as one:
        kept, overwritten, lost = (one.path / name for name in ("kept", "overwritten", "lost"))
        for path in (kept, overwritten):
            with path.open("w") as file:
                file.write("synced")
                file.flush()
                os.fsync(file.fileno())
        with overwritten.open("r+") as file:
            file.write("edited")
        lost.write_text("never synced")
        one.cut_power()
        assert kept.read_text() == "synced"
        assert overwritten.read_text() == "synced"
        assert not lost.exists()


@pytest.mark.parametrize("run", RUNS)
async def test_the_power_is_cut(run: Run) -> None:
    with directory("disk") as place, disk(place) as drive:
        async with case(partial(embedded, data=drive.path / "cloud"), run) as one:
            one.after_crash = drive.cut_power
            (process,) = one.system.workers
            drive.sync()
            async with one.load():
                await one.until_under_way()
                for cuts in range(1, 1 + CUTS * run.rounds):
                    await one.system.until_ready()
                    await asyncio.sleep(one.chance.uniform(0.1, run.outage_s))  # a moment of the load
                    if cuts % 2:
                        _kill_at_receipt(one, process)
                    else:
                        process.send(signal.SIGKILL)
                    await process.died(cuts, 10)
                await one.until_back(60)
            await one.judge()


def _kill_at_receipt(one: Case, process: Process) -> None:
    """The next receipt that any gateway hears is the last thing that the process has done."""

    def hears(message: Message) -> bool:
        if isinstance(message, Receipt):
            for gateway in one.gateways:
                gateway.hears = lambda _: True
            process.send(signal.SIGKILL)
        return True

    for gateway in one.gateways:
        gateway.hears = hears
