"""The adapter on pseudo-terminals: what it hears, and what it does when the port goes and comes back."""

import asyncio
import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import serial

from firmware_bridge.serial_lines.formats import NO_RECORD
from firmware_bridge.serial_lines.port import QUIET_S, open_line
from firmware_bridge.serial_lines.serial_lines import LineField, Node, SerialLines
from firmware_bridge.serial_trouble import reason
from firmware_bridge.source import SourceError
from tests.firmware_bridge.overheard import Heard
from tests.firmware_bridge.plugged import Plug
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    plug = Plug(tmp_path / "radio")
    yield plug
    if plug.path.is_symlink():
        plug.unplug()


def source(path: Path) -> SerialLines:
    node = Node(device="oht-1", fields=[LineField(field="L", metric="distance", unit="cm")])
    return SerialLines(name="radio", port=str(path), devices=[node])


def values(taken: Taken) -> list[float | None]:
    return [reading.value for reading in taken.readings]


@asynccontextmanager
async def hearing(plug: Plug, taken: Taken) -> AsyncIterator[asyncio.Task[None]]:
    """The source hears: a line that gives nothing got through. What is said before is thrown away."""
    task = asyncio.create_task(source(plug.path).feed(taken.put, None))
    heard = Heard("serial_lines")
    try:
        while not heard.lines:
            plug.say(b"\nL=\n")
            await asyncio.sleep(0.01)
        yield task
    finally:
        heard.close()
        task.cancel()
        await asyncio.wait([task])


def is_open(plug: Plug) -> bool:
    """Whether this process has it open: once by the plug itself, once by the source."""
    name = str(plug.path.resolve())
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(str(link.readlink()) == name for link in links if link.exists()) > 1


async def test_lines_are_heard_as_they_come(plug: Plug) -> None:
    taken = Taken()
    async with hearing(plug, taken):
        plug.say(b"\nL=123\r\nL=12")
        await until_async(lambda: values(taken) == [1.23])
        plug.say(b"4\n\0\0L=125\rL=126\n")
        await until_async(lambda: values(taken) == [1.23, 1.24, 1.25, 1.26])
    times = [reading.at for reading in taken.readings]
    assert times == sorted(set(times))  # two in one reading of the port are two moments


async def test_half_a_line_after_opening_is_no_line(plug: Plug) -> None:
    async with open_line(str(plug.path), 9600) as line:
        plug.say(b"L=23\nL=124\n")  # the end of XL=23, for all one can know
        assert [heard.raw for heard in await line.lines(5)] == [b"L=124"]


async def test_after_silence_the_first_line_is_whole(plug: Plug) -> None:
    async with open_line(str(plug.path), 9600) as line:
        assert await line.lines(QUIET_S) == []
        plug.say(b"L=123\n")
        assert [heard.raw for heard in await line.lines(5)] == [b"L=123"]


async def test_boot_text_takes_one_row_of_the_rejects(plug: Plug) -> None:
    taken = Taken()
    boot = b"".join(b"load 0x4010f000, len %d\r\n" % number for number in range(50))
    async with hearing(plug, taken):
        plug.say(b"\n" + boot + b"L=123\n")
        await until_async(lambda: values(taken) == [1.23])
        plug.unplug()
        await until_async(lambda: len(taken.rejects) > 1)
    assert [(reject.where, reject.reason) for reject in taken.rejects] == [
        ("a line", NO_RECORD),
        ("a line, 49 times", NO_RECORD),
    ]


async def test_unplugged_it_says_so_at_once_and_plugged_in_again_it_goes_on(plug: Plug) -> None:
    taken = Taken()
    async with hearing(plug, taken) as task:
        plug.say(b"\nL=123\n")
        await until_async(lambda: values(taken) == [1.23])
        plug.unplug()
        with pytest.raises(SourceError, match=r"radio: it was unplugged.*/dev/serial/by-id"):
            await asyncio.wait_for(task, 1)
    with pytest.raises(SourceError, match=r"radio: it is not there; plug it in.*/dev/serial/by-id"):
        await source(plug.path).feed(taken.put, None)
    plug.plug_in()
    async with hearing(plug, taken):
        plug.say(b"\nL=124\n")
        await until_async(lambda: values(taken) == [1.23, 1.24])


async def test_a_source_that_is_stopped_lets_go_of_its_port(plug: Plug) -> None:
    async with hearing(plug, Taken()) as task:
        assert is_open(plug)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        assert task.cancelled()
        assert not is_open(plug)


async def test_what_it_hears_is_in_the_log_for_trying(plug: Plug) -> None:
    taken = Taken()
    async with hearing(plug, taken):
        heard = Heard("serial_lines")
        plug.say(b"hi \x1b[2J\nL=123\n")
        await until_async(lambda: values(taken) == [1.23])
        heard.close()
    assert heard.lines[-2:] == [r"radio: hi \x1b[2J", "radio: L=123"]


async def test_a_port_that_another_program_has_is_named(plug: Plug) -> None:
    with (
        serial.Serial(str(plug.path), exclusive=True),
        pytest.raises(SourceError, match=r"cannot open .*radio: another program has it open"),
    ):
        await source(plug.path).feed(Taken().put, None)


async def test_a_file_that_is_no_port_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("L=1\n")
    with pytest.raises(SourceError, match=r"notes\.txt: it is no serial port; correct port"):
        await source(tmp_path / "notes.txt").feed(Taken().put, None)


REFUSALS = [
    (errno.EACCES, "permission denied; add the agent's user to group dialout and start the agent again"),
    (errno.ENXIO, "it is not there; plug it in or correct port"),
    (errno.EIO, "Input/output error; correct port"),
]


@pytest.mark.parametrize(("error", "sentence"), REFUSALS)
def test_why_a_port_does_not_open_is_told_with_the_next_step(error: int, sentence: str) -> None:
    assert reason(serial.SerialException(error, "could not open port")).startswith(sentence)
