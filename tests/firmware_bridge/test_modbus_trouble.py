"""What goes wrong on the wire and at its ends: noise, late answers, links that break, stops at any moment."""

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_bridge.modbus.link import Line, Link, Silent, trouble
from firmware_bridge.source import SourceError
from tests.firmware_bridge.modbus_plant import (
    Plant,
    PlantOf,
    converter_plant,
    device,
    reading,
    serial_plant,
    slave,
    source,
    tcp_plant,
)
from tests.firmware_bridge.taken import Taken
from tests.server import free_port
from tests.waiting import until_async

PLANTS = pytest.mark.parametrize(
    "plant_of", [tcp_plant, serial_plant, converter_plant], ids=["TCP", "serial", "converter"]
)


def link_of(plant: Plant, answer_s: float = 0.4) -> Link:
    port, address = plant.link.get("port"), plant.link.get("address")
    return Link(Line(str(port), 9600, "none", 1) if port else str(address), answer_s)


@PLANTS
async def test_a_stop_at_any_moment_is_a_stop(plant_of: PlantOf) -> None:
    async with plant_of(device(1, {0: [11]})) as plant:
        for turns in range(40):  # of the event loop: before, with and after the answer
            link = link_of(plant, answer_s=5.0)
            try:
                assert await link.read(1, 3, 0, 1) == [11]
                task = asyncio.create_task(link.read(1, 3, 0, 1))
                for _ in range(turns):
                    await asyncio.sleep(0)
                is_over = task.done()
                task.cancel()
                await asyncio.wait([task], timeout=10)
                assert task.cancelled() or is_over
            finally:
                link.close()


SPOILT = [
    pytest.param(lambda frame: b"\0" + frame, True, id="a 0 before the answer"),
    pytest.param(lambda frame: bytes.fromhex("01 03 00 00 00 01 84 0A") + frame, True, id="an echo"),
    pytest.param(lambda frame: frame + b"\xff\xff", True, id="noise behind it"),
    pytest.param(lambda frame: frame[:-1] + bytes([frame[-1] ^ 1]), False, id="a wrong check sum"),
    pytest.param(lambda frame: frame[:-2], False, id="a torn answer"),
    pytest.param(lambda frame: b"\x01\x2b\x0e\x01" * 60, False, id="a function that nobody asked for"),
    pytest.param(lambda frame: b"U" * 4096, False, id="another baud rate"),
]


@pytest.mark.parametrize(("spoil", "is_understood"), SPOILT)
async def test_noise_on_the_line(
    spoil: Callable[[bytes], bytes], is_understood: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with serial_plant(device(1, {0: [11]})) as plant:
        plant.voice = lambda unit, frame: spoil(frame)
        link = link_of(plant)
        try:
            if is_understood:
                assert await link.read(1, 3, 0, 1) == [11]
            else:
                with pytest.raises(Silent, match=r"^([0-9a-f]{2} ?)*$"):
                    await link.read(1, 3, 0, 1)
            plant.voice = lambda unit, frame: frame
            assert await link.read(1, 3, 0, 1) == [11]
        finally:
            link.close()
    assert caplog.text == ""


async def test_a_server_of_something_else(caplog: pytest.LogCaptureFixture) -> None:
    gone = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        link = Link(f"rtu+tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", 0.2)
        with pytest.raises(Silent):
            await link.read(1, 3, 0, 1)
        link.close()
        await asyncio.wait_for(gone.wait(), 10)
    assert caplog.text == ""


@PLANTS
async def test_a_late_answer_is_not_taken_for_that_of_the_next(plant_of: PlantOf) -> None:
    late: list[bytes] = []

    def voice(unit: int, frame: bytes) -> bytes:
        if unit == 2:
            late.append(frame)
            return b""
        return b"".join(late) + frame

    async with plant_of(device(2, {0: [22]}), device(3, {0: [33], 1: [34]})) as plant:
        plant.voice = voice
        link = link_of(plant)
        try:
            with pytest.raises(Silent):
                await link.read(2, 3, 0, 1)
            assert await link.read(3, 3, 0, 1) == [33]
            late[:] = [late[0][:5]]
            assert await link.read(3, 3, 1, 1) == [34]
        finally:
            link.close()


async def test_a_late_answer_of_the_same_unit_is_not_taken_for_the_next_over_tcp() -> None:
    late: list[bytes] = []

    def voice(unit: int, frame: bytes) -> bytes:
        late.append(frame)
        return b"" if len(late) == 1 else late[0] + frame

    async with tcp_plant(device(1, {0: [1, 2]})) as plant:
        plant.voice = voice
        link = link_of(plant)
        try:
            with pytest.raises(Silent):
                await link.read(1, 3, 0, 1)
            assert await link.read(1, 3, 1, 1) == [2]
        finally:
            link.close()


async def test_what_was_read_before_the_link_broke_is_kept() -> None:
    async with tcp_plant(device(1, {0: [11]}), device(2, {0: [22]}), device(3, {0: [33]})) as plant:

        def voice(unit: int, frame: bytes) -> bytes:
            if unit == 2:
                plant.close()
            return frame

        plant.voice = voice
        taken = Taken()
        with pytest.raises(SourceError, match="cannot reach"):
            await asyncio.wait_for(source(plant, slave(1), slave(2), slave(3)).feed(taken.put, None), 20)
    assert [reading.value for reading in taken.readings] == [11.0]


async def test_a_server_that_starts_anew_is_found_again() -> None:
    taken, port = Taken(), free_port()
    async with tcp_plant(device(1, {0: [11]}), port=port) as plant:
        bus = source(plant, slave(1))
        task = asyncio.create_task(bus.feed(taken.put, None))
        await until_async(lambda: taken.readings, 10)
    with pytest.raises(SourceError, match=r"tcp://127\.0\.0\.1:\d+: it is on, but no Modbus server"):
        await asyncio.wait_for(task, 20)
    async with tcp_plant(device(1, {0: [12]}), port=port), reading(bus, taken):
        await until_async(lambda: taken.readings[-1].value == 12, 10)


async def test_a_gateway_that_hangs_up_is_called_again() -> None:
    port = free_port()
    async with tcp_plant(device(1, {0: [11]}), port=port) as plant:
        link = link_of(plant)
        assert await link.read(1, 3, 0, 1) == [11]

    async def reads() -> bool:
        try:
            return await link.read(1, 3, 0, 1) == [12]
        except Silent:  # it was asked before the end of the connection was noticed
            return False

    async with tcp_plant(device(1, {0: [12]}), port=port):
        await until_async(reads, 10)
        link.close()


async def test_a_connection_that_died_without_a_word_is_not_kept() -> None:
    values = [{"metric": "a", "register": 0}, {"metric": "b", "register": 100}]
    async with tcp_plant(device(1, {0: [11]})) as plant:
        plant.voice = lambda unit, frame: b""
        async with reading(source(plant, slave(1, *values)), Taken()):
            await until_async(lambda: plant.count(1), 10, "a question")
            assert plant.calls == 1
            await until_async(lambda: not plant.calls, 10, "the end of the connection")


async def test_a_port_that_is_unplugged_is_a_sentence() -> None:
    taken = Taken()
    async with serial_plant(device(1, {0: [11]})) as plant:
        task = asyncio.create_task(source(plant, slave(1)).feed(taken.put, None))
        await until_async(lambda: taken.readings, 10)
    with pytest.raises(SourceError, match=r"cannot open /dev/pts/.*: it is not there"):
        await asyncio.wait_for(task, 20)


async def test_a_port_that_another_program_has() -> None:
    async with serial_plant(device(1, {0: [11]})) as plant:
        link = link_of(plant)
        assert await link.read(1, 3, 0, 1) == [11]
        with pytest.raises(SourceError, match="another program has it open"):
            await source(plant, slave(1)).feed(Taken().put, None)
        link.close()


async def test_what_is_no_serial_port(tmp_path: Path) -> None:
    for port, sentence in (
        (tmp_path, "Is a directory"),
        (tmp_path / "none", "is not there"),
        ("/dev/null", "serial"),
    ):
        link = Link(Line(str(port), 9600, "even", 1), 0.1)
        with pytest.raises(SourceError, match=sentence):
            await link.read(1, 3, 0, 1)
        link.close()


TROUBLES = [
    pytest.param(Line("/dev/ttyUSB0", 9600, "none", 1), errno.EACCES, "group dialout", id="no permission"),
    pytest.param(Line("/dev/ttyUSB0", 9600, "none", 1), errno.ENODEV, "plug it in", id="it is gone"),
    pytest.param("tcp://10.0.0.9", errno.ECONNREFUSED, "no Modbus server runs there", id="refused"),
    pytest.param("tcp://10.0.0.9", errno.EHOSTUNREACH, "check address, power", id="unreachable"),
]


@pytest.mark.parametrize(("place", "number", "sentence"), TROUBLES)
def test_why_a_link_does_not_open(place: str | Line, number: int, sentence: str) -> None:
    assert sentence in trouble(place, OSError(number, os.strerror(number)))


async def test_a_name_that_nobody_knows() -> None:
    link = Link("tcp://plant.invalid", 0.1)
    with pytest.raises(SourceError, match="nobody knows that name"):
        await link.read(1, 3, 0, 1)
