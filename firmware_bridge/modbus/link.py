"""One Modbus link, a serial line or a TCP connection, and single requests on it. Knows no device.

RS-485 is two wires that all devices share: one speaks at a time, and frames are told apart by silence.
pymodbus's asyncio client sends at once, so the silence before a request is kept here.
"""

import asyncio
import socket
import termios
from collections.abc import Callable
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from firmware_bridge.cancelled import heeding_cancellation
from firmware_bridge.modbus.frames import rtu_answer, tcp_answer
from firmware_bridge.serial_trouble import reason
from firmware_bridge.source import SourceError

Client = AsyncModbusSerialClient | AsyncModbusTcpClient

Find = Callable[[bytes, bytes], bytes]  # (request, heard) -> the answer

CONNECT_S = 5.0
_CHARACTER_BITS = 11  # start, eight of data, parity or a second stop, stop
_SILENCE_CHARACTERS, _SHORTEST_SILENCE_S = 3.5, 0.00175  # Modbus over Serial Line V1.02, 2.5.1.1
_FRAME_BYTES, _DATA_BYTES = 16, 250  # of request and answer together; at most of data
_REQUESTS = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}
_FOR_EVER_S = 3600.0  # pymodbus's own time-outs: ours are shorter


class Line(NamedTuple):
    """A serial port."""

    port: str
    baud: int
    parity: Literal["none", "even", "odd"]
    stop_bits: int


class Silent(Exception):
    """No answer in time. The text is what was heard instead, in hex: empty for nothing."""


class Refused(Exception):
    """The device answered that it won't; `code` is its reason."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class Link:
    """Opened when it is first needed, and again after it broke."""

    def __init__(self, place: str | Line, answer_s: float) -> None:
        self._place = place
        self._answer_s = answer_s
        self._find = rtu_answer if isinstance(place, Line) or place.startswith("rtu") else tcp_answer
        self._ear = _Ear(self._find)
        self._client: Client | None = None

    async def read(self, unit: int, function: int, start: int, count: int) -> list[int]:
        """Registers, or bits as 0 and 1. Raises Silent, Refused, and SourceError where the link is broken."""
        client = self._client
        if client is None or not client.connected:
            client = await self._open()
        await asyncio.sleep(self._silence_s)
        self._ear.heard = b""
        try:
            with heeding_cancellation():
                async with asyncio.timeout(self._answer_s + self._wire_s(count)):
                    answer = await client.execute(
                        False, _REQUESTS[function](dev_id=unit, address=start, count=count)
                    )
        except (TimeoutError, ModbusException) as error:
            raise Silent(self._ear.noise.hex(" ")) from error
        if answer.isError():
            raise Refused(answer.exception_code)
        return [int(word) for word in (answer.registers or answer.bits)[:count]]

    def close(self) -> None:
        if self._client:
            self._client.close()

    async def _open(self) -> Client:
        self.close()
        self._ear = _Ear(self._find)
        client = self._client = self._make_client()
        try:
            async with asyncio.timeout(CONNECT_S):
                # Not client.connect(): it answers False, and the technician wants to know why.
                client.ctx.transport, _ = await client.ctx.call_create()
        except (OSError, termios.error, ValueError) as error:  # a TimeoutError is an OSError
            raise SourceError(trouble(self._place, error)) from error
        return client

    def _make_client(self) -> Client:
        """It never tries again by itself: who asks decides that."""
        if isinstance(self._place, Line):
            return AsyncModbusSerialClient(
                self._place.port,
                baudrate=self._place.baud,
                parity=self._place.parity[0].upper(),
                stopbits=self._place.stop_bits,
                timeout=_FOR_EVER_S,
                retries=0,
                reconnect_delay=0,
                trace_packet=self._ear.hear,
            )
        url = urlsplit(self._place)
        return AsyncModbusTcpClient(
            url.hostname or "",
            port=url.port or 502,
            framer=FramerType.RTU if url.scheme.startswith("rtu") else FramerType.SOCKET,
            timeout=_FOR_EVER_S,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._ear.hear,
        )

    @property
    def _silence_s(self) -> float:
        if isinstance(self._place, str):
            return 0.0
        return max(_SHORTEST_SILENCE_S, _SILENCE_CHARACTERS * _CHARACTER_BITS / self._place.baud)

    def _wire_s(self, count: int) -> float:
        """How long request and answer are under way on the wires."""
        if isinstance(self._place, str):
            return 0.0
        return (_FRAME_BYTES + min(2 * count, _DATA_BYTES)) * _CHARACTER_BITS / self._place.baud


class _Ear:
    """Stands between the wire and pymodbus, and lets only the answer through."""

    def __init__(self, find: Find) -> None:
        self.heard = b""  # since the last request, as far as it was no answer
        self._find = find
        self._request = b""

    def hear(self, is_sent: bool, data: bytes) -> bytes:
        if is_sent:
            self._request = data
            return data
        self.heard = data
        return self._find(self._request, data) if self._request else b""

    @property
    def noise(self) -> bytes:
        """What came instead of an answer, without the echo of the request."""
        return self.heard.removeprefix(self._request)


def trouble(place: str | Line, error: Exception) -> str:
    """Why a link can't be opened, and what to do."""
    if isinstance(place, Line):
        return f"cannot open {place.port}: {reason(error)}"
    if isinstance(error, socket.gaierror):
        return f"cannot reach {place}: nobody knows that name; write its number as address"
    if isinstance(error, ConnectionRefusedError):
        return (
            f"cannot reach {place}: it is on, but no Modbus server runs there; correct address, or start it"
        )
    return f"cannot reach {place}: nothing answers; check address, power and cable"
