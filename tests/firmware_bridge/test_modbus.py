"""A bus with living and dead devices on it: who is asked, how often, and what is said of it."""

import asyncio
import logging
import re

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.simulator import SimDevice

from firmware_bridge.modbus.slave import FIRST_REST_S
from firmware_bridge.source import SourceError
from tests.firmware_bridge.modbus_plant import (
    PlantOf,
    device,
    reading,
    serial_plant,
    slave,
    source,
    tcp_plant,
)
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async

PLANTS = pytest.mark.parametrize("plant_of", [tcp_plant, serial_plant], ids=["TCP", "serial"])


def values(taken: Taken, point: str) -> list[float | None]:
    return [reading.value for reading in taken.readings if reading.point == point]


@PLANTS
async def test_a_silent_slave_does_not_slow_its_neighbours(
    plant_of: PlantOf, caplog: pytest.LogCaptureFixture
) -> None:
    async with plant_of(device(1, {0: [11]}), device(3, {0: [33]})) as plant:
        taken, began = Taken(), asyncio.get_running_loop().time()
        async with reading(source(plant, slave(1), slave(2), slave(3)), taken):
            await until_async(lambda: plant.count(1) >= 15 and plant.count(3) >= 15, 30, "15 rounds")
        took_s = asyncio.get_running_loop().time() - began
    assert set(values(taken, "slave-1/level")) == {11.0}
    assert set(values(taken, "slave-3/level")) == {33.0}
    assert values(taken, "slave-2/level") == []
    assert 1 <= plant.count(2) <= 1 + took_s / (FIRST_REST_S / 2)
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len([line for line in said if "slave-2 (unit 2) does not answer" in line]) == 1
    assert len(said) == 1


async def test_nobody_answers() -> None:
    async with serial_plant(device(9)) as plant:
        with pytest.raises(
            SourceError, match=r"no device answers, on /dev/pts/.* A and B .* baud and parity"
        ):
            await asyncio.wait_for(source(plant, slave(1), slave(2)).feed(Taken().put, None), 20)
    assert (plant.count(1), plant.count(2)) == (1, 1)
    async with tcp_plant(device(9)) as plant:
        with pytest.raises(SourceError, match=r"no device answers, at tcp://.* unit_id"):
            await asyncio.wait_for(source(plant, slave(1)).feed(Taken().put, None), 20)


@pytest.mark.parametrize("code", [ExcCodes.GATEWAY_NO_RESPONSE, ExcCodes.GATEWAY_PATH_UNAVIABLE])
async def test_a_gateway_that_says_that_a_slave_is_silent(code: ExcCodes) -> None:
    async def silence(*_: object) -> ExcCodes:
        return code

    behind = SimDevice(2, simdata=device(2, {0: [1]}).simdata, action=silence)
    async with tcp_plant(device(1, {0: [11]}), behind) as plant:
        taken = Taken()
        async with reading(source(plant, slave(1), slave(2)), taken):
            await until_async(lambda: plant.count(1) >= 5, 20, "5 rounds")
    assert plant.count(2) == 1
    assert taken.rejects == []


async def test_a_slave_that_comes_back_is_said_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with tcp_plant(device(1, {0: [11]}), device(2, {0: [22]})) as plant:
        plant.voice = lambda unit, frame: b"" if unit == 2 else frame
        taken = Taken()
        async with reading(source(plant, slave(1), slave(2)), taken):
            await until_async(lambda: "slave-2 (unit 2) does not answer" in caplog.text, 20)
            plant.voice = lambda unit, frame: frame
            await until_async(lambda: values(taken, "slave-2/level"), 20, "a reading")
    assert "slave-2 (unit 2) answers again" in caplog.text


async def test_a_refused_register_is_a_reject_once_and_the_rest_goes_on() -> None:
    wanted = [{"metric": "level", "register": 0}, {"metric": "gone", "register": 40, "type": "u32"}]
    async with tcp_plant(device(1, {0: [11]})) as plant:
        taken = Taken()
        async with reading(source(plant, slave(1, *wanted)), taken):
            await until_async(lambda: len(values(taken, "slave-1/level")) >= 5, 20, "5 rounds")
    assert [(reject.where, reject.text) for reject in taken.rejects] == [("slave-1 3:40", "exception 2")]
    assert "no such register; compare register and first_register" in taken.rejects[0].reason
    assert sum(asked.start == 40 for asked in plant.asked) <= 2


async def test_registers_that_are_refused_together_are_read_one_by_one_from_then_on() -> None:
    wanted = [{"metric": "level", "register": 0}, {"metric": "total", "register": 4, "type": "u32"}]
    async with tcp_plant(device(1, {0: [11], 4: [0, 42]})) as plant:
        taken = Taken()
        async with reading(source(plant, slave(1, *wanted)), taken):
            await until_async(lambda: len(taken.readings) >= 6, 20, "3 rounds")
    assert (values(taken, "slave-1/level")[0], values(taken, "slave-1/total")[0]) == (11.0, 42.0)
    assert [(asked.start, asked.size) for asked in plant.asked][:5] == [
        (0, 6),
        (0, 1),
        (4, 2),
        (0, 1),
        (4, 2),
    ]
    assert taken.rejects == []


async def test_one_of_them_that_is_then_ignored_leaves_the_others() -> None:
    wanted = [{"metric": "level", "register": 0}, {"metric": "ignored", "register": 4, "type": "u32"}]
    async with tcp_plant(device(1, {0: [11], 4: [0, 42]}), device(2, {0: [22]})) as plant:
        plant.voice = lambda unit, frame: b"" if plant.asked[-1].start == 4 else frame
        taken = Taken()
        async with reading(source(plant, slave(2), slave(1, *wanted)), taken):
            await until_async(lambda: len(values(taken, "slave-1/level")) >= 3, 20, "3 rounds")
    assert len(values(taken, "slave-2/level")) >= 3
    assert [(reject.where, reject.text) for reject in taken.rejects] == [("slave-1 3:4", "silence")]


async def test_a_request_that_a_device_ignores_leaves_its_others() -> None:
    wanted = [{"metric": "ignored", "register": 40}, {"metric": "level", "register": 100}]
    async with tcp_plant(device(1, {40: [9], 100: [11]})) as plant:
        plant.voice = lambda unit, frame: b"" if plant.asked[-1].start == 40 else frame
        taken = Taken()
        async with reading(source(plant, slave(1, *wanted)), taken):
            await until_async(lambda: len(taken.readings) >= 5 and taken.rejects, 20, "5 rounds")
    assert {reading.point for reading in taken.readings} == {"slave-1/level"}
    assert (taken.rejects[0].where, taken.rejects[0].text) == ("slave-1 3:40", "silence")
    assert sum(asked.start == 40 for asked in plant.asked) <= 3


async def test_devices_keep_their_own_periods() -> None:
    async with tcp_plant(device(1, {0: [11]}), device(2, {0: [22]})) as plant:
        bus = source(plant, slave(1), slave(2, every_s=3600))
        assert [point.interval_s for point in bus.points()] == [0.1, 3600]
        async with reading(bus, Taken()):
            await until_async(lambda: plant.count(1) >= 10, 20, "10 rounds")
    assert plant.count(2) == 1


async def test_a_technician_sees_the_registers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "firmware_bridge")
    total = {
        "metric": "total",
        "register": 9,
        "type": "s32",
        "order": "CDAB",
        "fraction": {"register": 11, "type": "f32"},
    }
    async with tcp_plant(device(1, {8: [0x86A0, 1, 0x3F00, 0]})) as plant:
        taken = Taken()
        async with reading(source(plant, slave(1, total, first_register=1)), taken):
            await until_async(lambda: taken.readings, 10)
    assert taken.readings[0].value == 100_000.5
    assert "bus: slave-1 3:9,11: 86A0 0001, 3F00 0000" in caplog.text


async def test_the_time_is_that_of_the_answer() -> None:
    delay = asyncio.Event()

    async def slow(*_: object) -> None:
        await delay.wait()

    late = SimDevice(2, simdata=device(2, {0: [22]}).simdata, action=slow)
    async with tcp_plant(device(1, {0: [11]}), late) as plant:
        taken = Taken()
        async with reading(source(plant, slave(1), slave(2), timeout_s=2), taken):
            await until_async(lambda: plant.count(2), 10, "the second is asked")
            asyncio.get_running_loop().call_later(0.2, delay.set)
            await until_async(lambda: taken.readings, 10)
    first, second = taken.readings[:2]
    assert 150 <= second.at - first.at <= 2_000


async def test_a_stop_in_mid_question_lets_the_port_go() -> None:
    async with serial_plant(device(1, {0: [11]})) as plant:
        bus = source(plant, slave(2), timeout_s=2)
        async with reading(bus, Taken()):
            await until_async(lambda: plant.count(2), 10, "a question")
        taken = Taken()
        async with reading(source(plant, slave(1)), taken):  # it would be in use
            await until_async(lambda: taken.readings, 10)
    assert re.match("/dev/pts/", str(plant.link["port"]))
