"""Modbus devices for tests: pymodbus's own simulator, over TCP and on a line of two pseudo-terminals."""

import asyncio
import logging
import os
import pty
import tty
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import MappingProxyType
from typing import NamedTuple, Protocol

import msgspec
from pymodbus import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from firmware_bridge.modbus.modbus import Modbus
from tests.firmware_bridge.taken import Taken
from tests.server import free_port

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # as the agent does

Words = Mapping[int, Sequence[int]]  # where they begin on the wire -> what they hold
_NONE: Words = MappingProxyType({})
_FAR = 65_535  # the simulator wants something in every table


class Asked(NamedTuple):
    unit: int
    function: int
    start: int
    size: int


class Plant:
    """What is being served, and every request that came, also those to nobody."""

    def __init__(self, devices: Sequence[SimDevice], unit_at: int) -> None:
        self.link: dict[str, object] = {}  # settings of a source that reads it
        self.asked: list[Asked] = []
        self.voice: Callable[[int, bytes], bytes] = lambda unit, frame: frame  # what becomes of an answer
        self.calls = 0  # connections that were made and not ended
        self.close: Callable[[], None] = lambda: None  # the server goes, and its connections
        self._units = {device.id for device in devices}
        self._unit_at = unit_at  # where it stands in a frame

    def count(self, unit: int) -> int:
        return sum(asked.unit == unit for asked in self.asked)

    def note(self, is_sent: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not is_sent:
            self.asked.append(Asked(pdu.dev_id, pdu.function_code, pdu.address, pdu.count))
        return pdu

    def call(self, is_made: bool) -> None:
        self.calls += 1 if is_made else -1

    def speak(self, is_sent: bool, frame: bytes) -> bytes:
        """The simulator answers also for units that are not there."""
        if not is_sent:
            return frame
        unit = frame[self._unit_at]
        return self.voice(unit, frame) if unit in self._units else b""


def device(
    unit: int, holding: Words = _NONE, inputs: Words = _NONE, bits: Words = _NONE, coils: Words = _NONE
) -> SimDevice:
    """Only these registers exist in it."""
    return SimDevice(unit, simdata=(_bits(coils), _bits(bits), _registers(holding), _registers(inputs)))


def _bits(words: Words) -> list[SimData]:
    wanted = [(start, [bool(bit) for bit in some]) for start, some in sorted(words.items())]
    return [SimData(start, values=some, datatype=DataType.BITS) for start, some in [*wanted, (_FAR, [False])]]


def _registers(words: Words) -> list[SimData]:
    wanted = [(start, list(some)) for start, some in sorted(words.items())]
    return [
        SimData(start, values=some, datatype=DataType.REGISTERS) for start, some in [*wanted, (_FAR, [0])]
    ]


@asynccontextmanager
async def tcp_plant(*devices: SimDevice, port: int = 0) -> AsyncIterator[Plant]:
    plant, port = Plant(devices, unit_at=6), port or free_port()
    plant.link["address"] = f"tcp://127.0.0.1:{port}"
    async with _serving(_tcp_server(plant, devices, port, FramerType.SOCKET), plant):
        yield plant


@asynccontextmanager
async def converter_plant(*devices: SimDevice) -> AsyncIterator[Plant]:
    """Behind a converter that carries the frames of a serial line over TCP."""
    plant, port = Plant(devices, unit_at=0), free_port()
    plant.link["address"] = f"rtu+tcp://127.0.0.1:{port}"
    async with _serving(_tcp_server(plant, devices, port, FramerType.RTU), plant):
        yield plant


def _tcp_server(plant: Plant, devices: Sequence[SimDevice], port: int, framer: FramerType) -> ModbusTcpServer:
    return ModbusTcpServer(
        list(devices),
        framer=framer,
        address=("127.0.0.1", port),
        trace_pdu=plant.note,
        trace_packet=plant.speak,
        trace_connect=plant.call,
    )


@asynccontextmanager
async def serial_plant(*devices: SimDevice) -> AsyncIterator[Plant]:
    plant = Plant(devices, unit_at=0)
    with serial_pair() as (ours, theirs):
        plant.link["port"] = ours
        server = ModbusSerialServer(
            list(devices), port=theirs, baudrate=9600, trace_pdu=plant.note, trace_packet=plant.speak
        )
        async with _serving(server, plant):
            yield plant


@asynccontextmanager
async def _serving(server: ModbusTcpServer | ModbusSerialServer, plant: Plant) -> AsyncIterator[None]:
    await server.serve_forever(background=True)
    plant.close = server.close
    try:
        yield
    finally:
        server.close()


@contextmanager
def serial_pair() -> Iterator[tuple[str, str]]:
    """Two ports, joined by a cable."""
    loop = asyncio.get_running_loop()
    (left, left_port), (right, right_port) = pty.openpty(), pty.openpty()
    for end in (left_port, right_port):
        tty.setraw(end)
    loop.add_reader(left, lambda: os.write(right, os.read(left, 4096)))
    loop.add_reader(right, lambda: os.write(left, os.read(right, 4096)))
    try:
        yield os.ttyname(left_port), os.ttyname(right_port)
    finally:
        for end in (left, right):
            loop.remove_reader(end)
        for end in (left, right, left_port, right_port):
            os.close(end)


def source(plant: Plant, *devices: dict[str, object], **settings: object) -> Modbus:
    """A source that reads these devices every 0.1 s."""
    wanted = {"kind": "modbus", "name": "bus", "every_s": 0.1, "timeout_s": 0.5, "devices": devices}
    return msgspec.convert(wanted | plant.link | settings, Modbus)


def slave(unit: int, *values: dict[str, object], **settings: object) -> dict[str, object]:
    wanted = values or ({"metric": "level", "register": 0},)
    return {"device": f"slave-{unit}", "unit_id": unit, "first_register": 0, "values": wanted} | settings


class PlantOf(Protocol):
    def __call__(self, *devices: SimDevice) -> AbstractAsyncContextManager[Plant]: ...


@asynccontextmanager
async def reading(bus: Modbus, taken: Taken) -> AsyncIterator[asyncio.Task[None]]:
    """The source runs; a SourceError comes out where this ends."""
    task = asyncio.create_task(bus.feed(taken.put, None))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
