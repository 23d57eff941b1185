"""The cloud's clock, set on."""

import signal
from pathlib import Path

from tests.faults.case import Case


async def let_pass(one: Case, seconds: int) -> None:
    """Every process of the cloud is started again, in good order, so much later."""
    for process in one.system.processes:
        process.environment |= {"PYTHONPATH": str(Path(__file__).with_name("later")), "LATER_S": str(seconds)}
        deaths = len(process.deaths)
        process.send(signal.SIGTERM)
        await process.died(deaths + 1, 15)
    await one.system.until_ready()
