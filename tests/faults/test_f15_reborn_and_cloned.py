"""F15: a gateway comes back with a new outbox, with an older copy of its outbox, or twice at once."""

import asyncio
import random
import time

import pytest

from protocol.messages import RefusalCode
from tests.faults.case import Case, Form, case
from tests.faults.forms import FORMS
from tests.faults.gateways import Gateway
from tests.faults.load import STEP_MS, TIMES, measure
from tests.faults.run import RUNS, Run

BATCHES = 8
ALARM_S = 60.0
HOUR_MS = 3_600_000


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("run", RUNS)
async def test_a_gateway_is_reborn_or_cloned(form: Form, run: Run) -> None:
    async with case(form, run, idle=3, connected=False) as one:
        flashed, restored, copied = one.idle
        await _flash_anew(one, flashed)
        await _restore_older_image(one, restored)
        await _run_two_boxes(one, copied)
        await one.judge()


async def _flash_anew(one: Case, gateway: Gateway) -> None:
    """New epoch, numbers from 1: nothing of it is taken for something old."""
    await _send(one, gateway, first=0)
    reborn = _box(one, gateway, "reborn")
    await _send(one, reborn, first=BATCHES)
    assert not reborn.refusals


async def _restore_older_image(one: Case, gateway: Gateway) -> None:
    """Epoch and numbers are used a second time for other readings: refused, sealed anew, stored."""
    await _send(one, gateway, first=0)
    restored = _box(one, gateway, "restored")
    restored.epoch, restored.next_number = gateway.epoch, BATCHES // 2
    await _send(one, restored, first=BATCHES)
    codes = {refusal.code for refusal in restored.refusals}
    assert codes <= {RefusalCode.CONFLICT, RefusalCode.STALE}
    if not codes:
        one.findings.append("an older image used numbers a second time and nobody noticed")
    if not await one.system.metric('evara_batches_total{outcome="conflict"}'):
        one.findings.append("no metric tells of numbers that were used twice")


async def _run_two_boxes(one: Case, gateway: Gateway) -> None:
    """A copied card: both send at once under one name, one epoch and the same numbers."""
    clone = _box(one, gateway, "clone")
    clone.epoch = gateway.epoch
    since = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_send(one, gateway, first=0))
        tasks.create_task(_send(one, clone, first=BATCHES))
    refused = gateway.refusals + clone.refusals
    if not any(refusal.code is RefusalCode.CONFLICT for refusal in refused):
        one.findings.append("two boxes sent under one name and nobody noticed")
    assert time.monotonic() - since < ALARM_S * one.system.slowness


def _box(one: Case, known: Gateway, name: str) -> Gateway:
    """Another box with the credential of the first."""
    return Gateway(known.name, known.secret, one.journal, random.Random(f"{one.run.seed} {name}"))


async def _send(one: Case, gateway: Gateway, first: int) -> None:
    """Connect, send BATCHES batches from slot `first` on, wait for all receipts, hang up."""
    since = time.time_ns() // 1_000_000 - HOUR_MS
    since -= since % HOUR_MS
    async with one.connected([gateway]):
        for slot in range(first, first + BATCHES):
            measured = measure(gateway.name, (1 + slot) << 8, since + slot * TIMES * STEP_MS)
            gateway.take(measured, time.monotonic())
        await one.until_sent([gateway], ALARM_S * one.system.slowness)
