"""F14: half of all answers are lost on the way, then all of them for a while."""

import asyncio

import pytest

from protocol.messages import Message, Receipt
from tests.faults.case import Case, Form, case
from tests.faults.forms import FORMS
from tests.faults.run import RUNS, Run


class _Ears:
    """Lets a share of the receipts be lost, and counts them."""

    def __init__(self, one: Case) -> None:
        self.share = 0.5
        self.lost = 0
        self._chance = one.chance

    def hears(self, message: Message) -> bool:
        if not isinstance(message, Receipt) or self._chance.random() >= self.share:
            return True
        self.lost += 1
        return False


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("run", RUNS)
async def test_receipts_are_lost(form: Form, run: Run) -> None:
    async with case(form, run) as one:
        ears = _Ears(one)
        async with one.load():
            await one.until_under_way()
            for gateway in one.gateways:
                gateway.hears = ears.hears
            await asyncio.sleep(2 * run.outage_s)  # half of them for a while
            ears.share = 1.0
            await asyncio.sleep(4 * run.outage_s)  # and for a scaled hour all of them
            ears.share = 0.0
            await one.until_back(60)
        await one.judge()
        # What was sent again, beyond what had to be because its answer was lost.
        again = sum(gateway.sendings - len(gateway.bodies) for gateway in one.gateways)
        assert again <= 2 * ears.lost, f"{again} sendings for {ears.lost} lost answers"
