"""DS18B20s in a tree of files as sysfs has them: golden cases, and sensors that vanish or never answer.

A case is a folder with what reads of the sensor show, and `expected.json`: the files in the order of the
reads, the readings as [value, quality words] and the reasons of the rejects.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from operator import ne
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.one_wire import ds18b20
from firmware_bridge.one_wire.one_wire import GONE, OneWire, Sensor
from firmware_bridge.source import SourceError
from protocol.reading import words
from tests.firmware_bridge.overheard import Heard
from tests.firmware_bridge.taken import Taken
from tests.waiting import until, until_async

CASES = Path(__file__).parent / "cases" / "one_wire"
FIRST, SECOND = "28-0316a2797fd1", "28-0416b1c4a0ee"
SHOWN = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t={}\n"


def source(root: Path, *ids: str) -> OneWire:
    sensors = [Sensor(id=sensor, device=f"tank-{place}") for place, sensor in enumerate(ids, 1)]
    return OneWire(name="bus", root=str(root), every_s=0.02, sensors=sensors)


def shows(root: Path, sensor: str, thousandths: int) -> None:
    (root / sensor).mkdir(exist_ok=True)
    (root / sensor / "w1_slave").write_text(SHOWN.format(thousandths))


@contextmanager
def hanging(root: Path, sensor: str) -> Iterator[Path]:
    """A sensor whose every read waits until somebody writes what it shows."""
    path = root / sensor / "w1_slave"
    path.parent.mkdir()
    os.mkfifo(path)
    try:
        yield path
    finally:
        with suppress(OSError):  # nobody reads any more
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


@asynccontextmanager
async def reading(source: OneWire, taken: Taken) -> AsyncIterator[None]:
    task = asyncio.create_task(source.feed(taken.put, None))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
async def test_case(case: Path, tmp_path: Path) -> None:
    expected = msgspec.json.decode((case / "expected.json").read_bytes())
    taken = Taken()
    with hanging(tmp_path, FIRST) as sensor:
        heard = Heard("one_wire")
        async with reading(source(tmp_path, FIRST), taken):
            for shown in expected["reads"]:
                before = list(heard.lines)
                await asyncio.to_thread(sensor.write_bytes, (case / shown).read_bytes())
                await until_async(partial(ne, heard.lines, before))
            wanted = len(expected["readings"]) + len(expected["rejects"])
            await until_async(lambda: len(taken.readings) + len(taken.rejects) == wanted)
        heard.close()
    assert [[reading.value, words(reading.quality)] for reading in taken.readings] == expected["readings"]
    assert [reject.reason for reject in taken.rejects] == expected["rejects"]
    assert heard.lines[0].startswith(f"bus: {FIRST} ")


async def test_one_that_never_answers_keeps_nobody_waiting(tmp_path: Path) -> None:
    shows(tmp_path, SECOND, 23125)
    taken = Taken()
    with hanging(tmp_path, FIRST):
        async with reading(source(tmp_path, FIRST, SECOND), taken):
            await until_async(lambda: len(taken.readings) >= 3)
    assert {reading.point for reading in taken.readings} == {"tank-2/temperature"}


async def test_one_that_vanishes_is_told_once_and_comes_back(tmp_path: Path) -> None:
    shows(tmp_path, FIRST, 20000)
    shows(tmp_path, SECOND, 30000)
    taken = Taken()
    async with reading(source(tmp_path, FIRST, SECOND), taken):
        await until_async(lambda: {reading.value for reading in taken.readings} == {20.0, 30.0})
        (tmp_path / FIRST / "w1_slave").unlink()
        await until_async(lambda: bool(taken.rejects))
        before = len(taken.readings)
        await until_async(lambda: len(taken.readings) > before + 2)
        assert {reading.value for reading in taken.readings[before + 1 :]} == {30.0}
        shows(tmp_path, FIRST, 21000)
        await until_async(lambda: any(reading.value == 21.0 for reading in taken.readings))
    assert [(reject.where, reject.reason) for reject in taken.rejects] == [(FIRST, GONE)]


async def test_a_sensor_that_is_not_in_the_settings_is_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shows(tmp_path, FIRST, 20000)
    shows(tmp_path, SECOND, 30000)
    (tmp_path / "w1_bus_master1").mkdir()
    caplog.set_level("INFO", "firmware_bridge.one_wire.one_wire")
    taken = Taken()
    async with reading(source(tmp_path, FIRST), taken):
        await until_async(lambda: len(taken.readings) > 5)
    assert caplog.messages == [f"source bus: {SECOND} is there and not in the settings"]


async def test_without_a_bus_the_next_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"w1 is not there; write dtoverlay=w1-gpio into"):
        await source(tmp_path / "w1", FIRST).feed(Taken().put, None)


async def test_it_stops_while_a_sensor_hangs(tmp_path: Path) -> None:
    with hanging(tmp_path, FIRST) as sensor:
        async with reading(source(tmp_path, FIRST), Taken()):
            await asyncio.to_thread(until, lambda: is_read(sensor))


def is_read(fifo: Path) -> bool:
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: SHOWN.format(text).encode()))
def test_any_bytes_are_a_temperature_a_fault_or_no_answer(shown: bytes) -> None:
    with suppress(ds18b20.Garbled):
        temperature = ds18b20.decode(shown)
        assert temperature is None or ds18b20.LEAST <= temperature <= ds18b20.MOST


MISTAKES = [
    pytest.param({"sensors": [{"id": "28-0316", "device": "a"}]}, "regex", id="half an id"),
    pytest.param({"sensors": [{"id": FIRST, "device": "a"}] * 2}, "is there twice", id="one sensor twice"),
    pytest.param(
        {"sensors": [{"id": FIRST, "device": "a"}, {"id": SECOND, "device": "a"}]},
        "'temperature' is given to two",
        id="one point twice",
    ),
    pytest.param(
        {"sensors": [{"id": FIRST, "device": "a", "unit": "degF"}]}, "degF", id="a unit it does not have"
    ),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert({"name": "bus"} | settings, OneWire)
