"""F12: poison among good batches: refused or named in its receipt, kept with its cause, it hurts nobody."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiomqtt
import httpx
import pytest

from protocol import codec, topics
from protocol.messages import Answer, Message, Receipt, Refusal, RefusalCode, RetryAfter
from tests.faults.case import Case, Form, case
from tests.faults.forms import NEEDS_SERVERS
from tests.faults.gateways import Gateway
from tests.faults.journal import Fate, Sent
from tests.faults.poison import Poison, poisons
from tests.faults.run import Run, with_runs
from tests.faults.stored import Stored
from tests.faults.system import embedded, scaled

COPIES = 3  # of each poison: no second sending may do what the first did not

Pour = Callable[[Case, Gateway, list[Poison]], Awaitable[list[Message]]]


async def _pour_mqtt(one: Case, gateway: Gateway, all_: list[Poison]) -> list[Message]:
    heard: list[Message] = []
    async with aiomqtt.Client(
        "127.0.0.1", one.system.broker_port, identifier=gateway.name, username=gateway.name,
        password=gateway.secret,
    ) as client:  # fmt: skip
        # Answers alone: its configuration comes down too.
        await client.subscribe(topics.topic(gateway.name, topics.DOWN_RECEIPT), qos=1)
        for poison in all_:
            await client.publish(topics.topic(gateway.name, topics.UP_BATCH), poison.payload, qos=1)
        async with asyncio.timeout(20):
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                heard.append(codec.decode(codec.decompress(message.payload)))
                if len(heard) == len(all_):
                    break
    return heard


async def _pour_https(one: Case, gateway: Gateway, all_: list[Poison]) -> list[Message]:
    heard: list[Message] = []
    auth = gateway.name, gateway.secret
    async with httpx.AsyncClient(base_url=one.system.web, auth=auth, timeout=20) as client:
        for poison in all_:
            response = await client.post("/api/v1/ingest", content=poison.payload)
            assert response.status_code == 200, f"{poison.name}: {response.status_code} {response.text[:300]}"
            answer = codec.decode(codec.decompress(response.content))
            assert isinstance(answer, Answer)
            heard += answer.messages
    return heard


PAIRS = [
    pytest.param(embedded, _pour_https, id="embedded-https"),
    pytest.param(scaled, _pour_mqtt, id="scaled-mqtt", marks=NEEDS_SERVERS),
    pytest.param(embedded, _pour_mqtt, id="embedded-mqtt", marks=pytest.mark.long),
    pytest.param(scaled, _pour_https, id="scaled-https", marks=[NEEDS_SERVERS, pytest.mark.long]),
]


@pytest.mark.parametrize(("form", "pour", "run"), with_runs(PAIRS))
async def test_poison_hurts_nobody(form: Form, pour: Pour, run: Run) -> None:
    async with case(form, run, idle=1) as one:
        (poisoner,) = one.idle
        all_ = list(poisons(poisoner.name, poisoner.epoch, time.time_ns() // 1_000_000, one.chance))
        _write_down(one, poisoner, all_)
        served = [poison for poison in all_ for _ in range(COPIES)]
        one.chance.shuffle(served)
        async with one.load():
            await one.until_under_way()
            heard = await pour(one, poisoner, served)
            await one.until_back(10)
        there = await one.judge()
    put_off = [one for one in heard if isinstance(one, RetryAfter)]
    assert not put_off, f"the cloud had no reason to put anybody off: {put_off}"
    wrong = [complaint for poison in all_ for complaint in _judge(poison, heard, there, poisoner.name)]
    assert not wrong, "\n".join(wrong)


def _write_down(one: Case, gateway: Gateway, all_: list[Poison]) -> None:
    """What of the poison must be stored, and what must be recorded as rejected."""
    for poison in all_:
        if poison.rejected is None:
            continue
        bad = [
            Sent(gateway.name, gateway.epoch, poison.number, place, "", 0, 0.0, Fate.REJECTED)
            for place in poison.rejected
        ]
        good = [
            Sent(gateway.name, gateway.epoch, poison.number, -1, *row, Fate.STORED) for row in poison.stored
        ]
        one.journal.write_sent([*bad, *good])


def _judge(poison: Poison, heard: list[Message], there: Stored, gateway: str) -> list[str]:
    """What is wrong with the answers to one payload and with what is kept of it."""
    if poison.rejected is None:
        return _judge_refused(poison, heard, there, gateway)
    answers = [one for one in heard if isinstance(one, Receipt) and one.number == poison.number]
    recorded = {
        place: code
        for name, _, number, place, code in there.rejected
        if (name, number) == (gateway, poison.number)
    }
    wrong = []
    if len(answers) != COPIES:
        wrong.append(f"{poison.name}: {len(answers)} receipts for {COPIES} sendings")
    if poison.rejected not in [dict(one.rejected) for one in answers]:
        wrong.append(f"{poison.name}: no receipt names {poison.rejected}: {answers}")
    if recorded != poison.rejected:
        wrong.append(f"{poison.name}: recorded as rejected are {recorded}, expected {poison.rejected}")
    return wrong


def _judge_refused(poison: Poison, heard: list[Message], there: Stored, gateway: str) -> list[str]:
    digest = codec.digest(poison.payload)
    codes = [one.code for one in heard if isinstance(one, Refusal) and one.digest == digest]
    causes = [cause for *key, cause in there.undecodable if key == [gateway, digest]]
    wrong = []
    if codes != [RefusalCode.UNDECODABLE] * COPIES:
        wrong.append(f"{poison.name}: refused as {codes} by {COPIES} sendings")
    if len(causes) != 1 or not causes[0]:
        wrong.append(f"{poison.name}: kept {len(causes)} times, causes {causes}")
    return wrong
