"""What alerts want switched: decided by values and the time, stored, and tried until it is so."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from edge_agent.action_kinds import Command, Mqtt, Webhook
from edge_agent.actions import act, begun, decide
from edge_agent.outbox import actions as rows
from edge_agent.outbox.actions import Manual, Standing, Want, Wanted
from edge_agent.outbox.facts import read_facts
from tests.edge_agent.watch.desk import LEVEL, MIN, NOON, Desk, rule
from tests.servers import Mosquitto
from tests.waiting import until_async

SIREN = Command(name="siren", argv=["true"])
SHORT = Command(name="siren", argv=["true"], max_on_s=60, min_rest_s=120)
SAFE = Command(name="siren", argv=["true"], on_stale="off")
CLEAR, RAISED, STALE = (Wanted(want=want, raised=1) for want in (Want.CLEAR, Want.RAISED, Want.STALE))
ON = Standing(on=True, began_at=NOON, ended_at=NOON, ok=True, on_since=NOON)
OFF = Standing(on=False, began_at=NOON, ended_at=NOON, ok=True, off_since=NOON)
CUT = Standing(on=True, began_at=NOON, on_since=NOON)
CAPPED = msgspec.structs.replace(OFF, capped=1)

CASES = [
    pytest.param(SIREN, RAISED, None, 0, (True, True), id="never tried"),
    pytest.param(SIREN, RAISED, OFF, 0, (True, True), id="raised: on"),
    pytest.param(SIREN, RAISED, ON, 9, (True, False), id="it is on already"),
    pytest.param(SIREN, CLEAR, ON, 9, (False, True), id="clear: off"),
    pytest.param(SIREN, RAISED, CUT, 0, (True, True), id="a try that was cut short is tried again"),
    pytest.param(SIREN, STALE, ON, 0, (True, False), id="silence is no recovery"),
    pytest.param(SAFE, STALE, ON, 0, (False, True), id="unless it says so"),
    pytest.param(SHORT, RAISED, ON, 0.9, (True, False), id="not on for long yet"),
    pytest.param(SHORT, RAISED, ON, 1, (False, True), id="on for long enough"),
    pytest.param(SHORT, RAISED, CUT, 1, (False, True), id="perhaps on for long enough"),
    pytest.param(SHORT, RAISED, CAPPED, 60, (False, False), id="it stays off for this alert"),
    pytest.param(SHORT, Wanted(want=Want.RAISED, raised=2), CAPPED, 60, (True, True), id="a new alert"),
    pytest.param(SHORT, RAISED, OFF, 1.9, (False, False), id="it rests"),
    pytest.param(SHORT, RAISED, OFF, 2, (True, True), id="it has rested"),
    pytest.param(SHORT, RAISED, OFF, -99, (False, False), id="the clock was set back: it rests no longer"),
]


@pytest.mark.parametrize(("action", "wanted", "standing", "minutes", "expected"), CASES)
def test_decide(
    action: Command, wanted: Wanted, standing: Standing | None, minutes: float, expected: tuple[bool, bool]
) -> None:
    step = decide(action, wanted, standing, NOON + round(minutes * MIN))
    assert (step.on, step.due) == expected


BY_HAND_ON = Manual(on=True, until=NOON + 10 * MIN, by="Asha")
BY_HAND_OFF = Manual(on=False, until=NOON + 10 * MIN, by="Asha")


@pytest.mark.parametrize(
    ("action", "wanted", "manual", "standing", "minutes", "expected"),
    [
        pytest.param(SIREN, CLEAR, BY_HAND_ON, OFF, 0, (True, True), id="on, with no alert"),
        pytest.param(SIREN, RAISED, BY_HAND_OFF, ON, 0, (False, True), id="off, with an alert"),
        pytest.param(SIREN, CLEAR, BY_HAND_ON, ON, 9.9, (True, False), id="it is so already"),
        pytest.param(SIREN, CLEAR, BY_HAND_ON, ON, 10, (False, True), id="its time is over: no alert"),
        pytest.param(SIREN, RAISED, BY_HAND_OFF, OFF, 10, (True, True), id="its time is over: an alert"),
        pytest.param(SIREN, CLEAR, BY_HAND_ON, None, 0, (True, True), id="never tried"),
        pytest.param(SHORT, CLEAR, BY_HAND_ON, OFF, 1.9, (False, False), id="it rests all the same"),
        pytest.param(SHORT, CLEAR, BY_HAND_ON, OFF, 2, (True, True), id="it has rested"),
        pytest.param(SHORT, RAISED, BY_HAND_ON, CAPPED, 3, (True, True), id="a word is a new reason"),
    ],
)
def test_what_a_person_says_goes_before_alerts(
    action: Command,
    wanted: Wanted,
    manual: Manual,
    standing: Standing | None,
    minutes: float,
    expected: tuple[bool, bool],
) -> None:
    step = decide(action, wanted, standing, NOON + round(minutes * MIN), manual)
    assert (step.on, step.due) == expected
    assert minutes >= 10 or (step.until is not None and step.until <= manual.until)


def test_how_long_it_waits() -> None:
    assert decide(SHORT, RAISED, ON, NOON).until == NOON + MIN
    assert decide(SHORT, RAISED, OFF, NOON).until == NOON + 2 * MIN
    assert decide(SHORT, RAISED, OFF, NOON - 99 * MIN).until == NOON - 97 * MIN


def test_an_intent_counts_its_tries_and_knows_since_when_it_may_be_on() -> None:
    step = decide(SIREN, RAISED, OFF, NOON + 5)
    first = begun(OFF, step, RAISED, NOON + 5)
    assert (first.on_since, first.off_since, first.ended_at, first.tries) == (NOON + 5, NOON, None, 1)
    second = begun(first, step, RAISED, NOON + 9)
    assert (second.on_since, second.tries) == (NOON + 5, 2)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as opened:
        await opened.run(rule(actions=["siren"]))
        yield opened


@contextlib.asynccontextmanager
async def acting(action: Command | Webhook | Mqtt, desk: Desk) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(act(action, desk.outbox, lambda: desk.now))
        yield
        task.cancel()


def command(*words: str, timeout_s: float = 10.0) -> Command:
    return Command(name="siren", argv=[sys.executable, "-c", *words], timeout_s=timeout_s)


def noting(file: Path) -> Command:
    code = (
        "import os, sys; open(sys.argv[1], 'a').write(sys.argv[2] + ' ' + os.environ['EVARA_RULE'] + '\\n')"
    )
    return command(code, str(file), "{state}")


async def said(file: Path, *lines: str) -> None:
    await until_async(lambda: file.exists() and file.read_text().splitlines() == list(lines), 20, str(lines))


def standing(desk: Desk) -> Standing | None:
    return read_facts(desk.path, NOON).standings.get("siren")


async def test_a_command_is_run_at_the_start_on_raise_and_on_clear(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "said"
    async with acting(noting(file), desk):
        await said(file, "off ")
        await desk.hears(2.5)
        await said(file, "off ", "on high")
        await desk.hears(2.6, 1.0)
        await said(file, "off ", "on high", "off high")
        await until_async(lambda: (found := standing(desk)) and found.ok and not found.on, 20)
    found = standing(desk)
    assert found is not None
    assert (found.on, found.ok, found.tries) == (False, True, 1)
    assert read_facts(desk.path, NOON).wanted["siren"].want is Want.CLEAR


async def test_after_a_restart_what_is_wanted_is_asked_for_again(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "said"
    await desk.hears(2.5)
    for times in (1, 2):
        async with acting(noting(file), desk):
            await said(file, *["on high"] * times)


async def test_a_failure_is_kept_and_tried_again(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "lock"
    file.touch()
    code = "import os, sys; print('jammed'); sys.exit(3 if os.path.exists(sys.argv[1]) else 0)"
    async with acting(command(code, str(file)), desk):
        await until_async(lambda: (found := standing(desk)) and "ended with 3: jammed" in found.answer, 20)
        file.unlink()
        await until_async(lambda: (found := standing(desk)) and found.ok, 20)
    found = standing(desk)
    assert found is not None
    assert found.tries > 1


async def test_one_that_hangs_is_ended_with_all_it_started(desk: Desk, tmp_path: Path) -> None:
    code = "import subprocess; subprocess.run(['sleep', '60'])"
    async with acting(command(code, timeout_s=0.5), desk):
        await until_async(lambda: (found := standing(desk)) and found.answer, 20)
    found = standing(desk)
    assert found is not None
    assert found.answer == "no answer within 0.5 s"


async def test_a_program_that_is_not_there(desk: Desk) -> None:
    async with acting(Command(name="siren", argv=["/no/such/program"]), desk):
        await until_async(lambda: (found := standing(desk)) and found.answer, 20)
    found = standing(desk)
    assert found is not None
    assert found.answer == "/no/such/program can't be started: No such file or directory"


async def test_no_shell_reads_its_words(desk: Desk, tmp_path: Path) -> None:
    action = Command(name="siren", argv=["/bin/echo", f"; touch {tmp_path}/shell"])
    async with acting(action, desk):
        await until_async(lambda: (found := standing(desk)) and found.ok, 20)
    assert not (tmp_path / "shell").exists()


async def test_a_webhook_in_the_sites_network(desk: Desk) -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split()[0])
        asked.append(await reader.readexactly(size))
        status = b"503 Busy" if len(asked) == 1 else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhm")
        await writer.drain()
        writer.close()

    await desk.hears(2.5)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, acting(Webhook(name="siren", url=f"http://127.0.0.1:{port}/siren"), desk):
        await until_async(lambda: (found := standing(desk)) and found.ok, 20)
    assert len(asked) == 2
    order = msgspec.json.decode(asked[1])
    assert (order["state"], order["rule"], order["point"]) == ("on", "high", "oht-1/level")


async def test_a_message_on_the_sites_own_broker(desk: Desk, mosquitto_server: Mosquitto) -> None:
    import aiomqtt

    await desk.hears(2.5)
    port = mosquitto_server.port
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("relay/7")
        async with acting(Mqtt(name="siren", host="127.0.0.1", port=port, topic="relay/7", on="1"), desk):
            async with asyncio.timeout(20):
                message = await anext(client.messages)
    assert message.payload == b"1"


async def test_what_is_wanted_is_in_the_commit_of_the_transition(desk: Desk) -> None:
    await desk.hears(2.5)
    wanted = await desk.outbox.look(lambda database: rows.wanted(database.sql))
    assert wanted["siren"] == Wanted(
        want=Want.RAISED, raised=1, at=NOON, alert=desk.told[0].alert, rule="high", point=LEVEL.name,
        severity="warning",
    )  # fmt: skip
    await desk.wait(4)
    wanted = await desk.outbox.look(lambda database: rows.wanted(database.sql))
    assert wanted["siren"].want is Want.STALE
    await desk.run()
    wanted = await desk.outbox.look(lambda database: rows.wanted(database.sql))
    assert wanted["siren"].want is Want.CLEAR
