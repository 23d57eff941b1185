"""F03: workers are restarted one by one under load; one of them ignores the request until it is killed."""

import asyncio
import signal
import time

import httpx
import pytest

from tests.faults.case import Case, Form, case
from tests.faults.forms import FORMS
from tests.faults.run import RUNS, Run
from tests.faults.supervisor import Process

EXIT_S = 10.0
DEAF_S = 2.0  # how long the deaf worker is waited for
RESEND_S = 8.0  # longer than an exit: what is sent again was lost with a worker, not just slow


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("run", RUNS)
async def test_workers_are_restarted_one_by_one(form: Form, run: Run) -> None:
    async with case(form, run) as one, asyncio.TaskGroup() as tasks:
        for gateway in one.gateways:
            gateway.resend_s = RESEND_S
        watching = tasks.create_task(_watch_api(one), name="watch the API")
        in_flight = 0
        async with one.load():
            await one.until_under_way()
            for _ in range(run.rounds):
                for worker in one.system.workers:
                    in_flight += _in_flight(one)
                    await _restart(worker)
                    await one.system.until_ready()
            deaf = one.chance.choice(one.system.workers)
            in_flight += await _restart_deaf(one, deaf)
            # A batch that went down with a worker comes again after RESEND_S.
            await one.until_back(RESEND_S + 10)
        watching.cancel()
        await one.judge()
        resent = sum(gateway.sendings - len(gateway.bodies) for gateway in one.gateways)
        assert resent <= in_flight, f"{resent} were sent again, {in_flight} were under way at the signals"


async def _restart(worker: Process) -> None:
    """It ends by itself, in time and in good order."""
    deaths, since = len(worker.deaths), time.monotonic()
    worker.send(signal.SIGTERM)
    await worker.died(deaths + 1, EXIT_S + 5)
    took = time.monotonic() - since
    assert took <= EXIT_S, f"{worker.name} took {took:.1f} s to end"
    assert worker.deaths[-1] == 0, f"{worker.name} ended with {worker.deaths[-1]}:\n{worker.tail()}"


async def _restart_deaf(one: Case, worker: Process) -> int:
    """It goes on getting its share until it is killed. How much was in flight then."""
    deaths = len(worker.deaths)
    worker.send(signal.SIGSTOP)
    worker.send(signal.SIGTERM)
    await asyncio.sleep(DEAF_S)  # the supervisor's patience
    in_flight = _in_flight(one)
    worker.send(signal.SIGKILL)
    await worker.died(deaths + 1, 5)
    return in_flight


def _in_flight(one: Case) -> int:
    return sum(waiting.sendings > 0 for gateway in one.gateways for waiting in gateway.waiting.values())


async def _watch_api(one: Case) -> None:
    """No 5xx; the one process of the embedded form may be away, but must not answer that it failed."""
    async with httpx.AsyncClient(base_url=one.system.web, timeout=10) as client:
        while True:
            try:
                answer = await client.get("/api/v1/session")
                assert answer.status_code < 500, f"the API answered {answer.status_code}: {answer.text[:300]}"
            except httpx.TransportError:
                assert not one.system.api.is_alive or one.system.api in one.system.workers
            await asyncio.sleep(0.1)
