"""F13: every batch ten times at once through every way in; and all of it again a month later."""

import asyncio
from contextlib import suppress

import aiomqtt
import pytest

from protocol import codec, topics
from protocol.messages import Receipt, Refusal, RefusalCode
from tests.faults import oracle
from tests.faults.calendar import let_pass
from tests.faults.case import Case, Form, case
from tests.faults.forms import FORMS
from tests.faults.gateways import Gateway
from tests.faults.run import RUNS, Run
from tests.waiting import until_async

COPIES = 10
LATER_S = 30 * 86_400
LEDGER_ROWS = 100  # of a gateway, after those 30 days
ANSWERS_S = 60.0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("run", RUNS)
async def test_every_batch_comes_ten_times_and_again_after_a_month(form: Form, run: Run) -> None:
    async with case(form, run, connected=False) as one:
        for gateway in one.gateways:
            gateway.copies = COPIES
        async with one.connected():
            async with one.load():
                await one.until_under_way()
                await asyncio.sleep(run.outage_s)  # a span of the load
            await one.judge()
        await let_pass(one, LATER_S)
        async with asyncio.TaskGroup() as tasks:
            for gateway in one.gateways:
                tasks.create_task(_send_again(one, gateway))
        await one.until_counted()
        there = await one.judge()
        one.findings += oracle.ledger_rows(there, LEDGER_ROWS)
        one.check()


async def _send_again(one: Case, gateway: Gateway) -> None:
    """Everything it ever sent, as a card that was lost and found would; each gets one answer at least."""
    unanswered = {codec.digest(body): body for body in gateway.bodies}
    async with aiomqtt.Client(
        "127.0.0.1", one.system.broker_port, identifier=gateway.name, username=gateway.name,
        password=gateway.secret,
    ) as client, asyncio.TaskGroup() as tasks:  # fmt: skip
        await client.subscribe(topics.everything_down(gateway.name), qos=1)
        listening = tasks.create_task(_hear(client, unanswered))
        async with asyncio.timeout(ANSWERS_S):
            while unanswered:
                await _publish(client, topics.topic(gateway.name, topics.UP_BATCH), list(unanswered.values()))
                with suppress(TimeoutError):
                    await until_async(lambda: not unanswered, 5)
        listening.cancel()


async def _publish(client: aiomqtt.Client, topic: str, bodies: list[bytes]) -> None:
    for body in bodies:
        for _ in range(COPIES):
            await client.publish(topic, codec.compress(body), qos=1)


async def _hear(client: aiomqtt.Client, unanswered: dict[str, bytes]) -> None:
    async for message in client.messages:
        assert isinstance(message.payload, bytes)
        answer = codec.decode(codec.decompress(message.payload))
        if isinstance(answer, Receipt | Refusal):
            assert isinstance(answer, Receipt) or answer.code is RefusalCode.STALE, answer
            unanswered.pop(answer.digest, None)
