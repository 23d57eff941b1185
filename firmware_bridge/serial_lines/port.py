"""Opens a serial port and hears the lines on it, each with the moment of its end. Knows no formats."""

import asyncio
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import serial

from firmware_bridge.instant import now_ms
from firmware_bridge.serial_lines.backlog import Backlog, Heard
from firmware_bridge.serial_lines.splitter import Splitter
from firmware_bridge.serial_trouble import STAYS, reason
from firmware_bridge.source import SourceError

READ_LIMIT = 4096  # bytes: what the kernel holds of a line
AT_ONCE = 200  # lines handed over together
OPEN_S = 10.0
# A line is not written with such a pause in it: a first byte after it begins one.
QUIET_S = 0.3


class Line:
    """An open port. It is read at once, whoever waits for what: a line's time is that of its arrival."""

    def __init__(self, fd: int, port: str) -> None:
        self._fd = fd
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._opened_s = self._loop.time()
        self._splitter = Splitter()
        self._is_silent = True
        self._backlog = Backlog()
        self._broken = ""
        self._changed = asyncio.Event()

    def start(self) -> None:
        self._loop.add_reader(self._fd, self._read)

    def stop(self) -> None:
        self._loop.remove_reader(self._fd)

    async def lines(self, timeout_s: float | None) -> list[Heard]:
        """The next ones, oldest first; none: there were none in that time.

        Raises SourceError once the port is gone and all that it said was taken.
        """
        if not self._backlog and not self._broken:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._changed.wait()
            except TimeoutError:
                return []
        if not self._backlog:
            raise SourceError(f"{self._port}: {self._broken}; it is opened again ({STAYS})")
        taken = self._backlog.take(AT_ONCE)
        if not self._backlog and not self._broken:
            self._changed.clear()
        return taken

    def _read(self) -> None:
        try:
            data = os.read(self._fd, READ_LIMIT)
        except BlockingIOError:
            return
        except OSError as error:
            self._break(f"it was unplugged or failed ({error.strerror})")
            return
        if data:
            self._take(data)
        else:  # a port that is gone is always ready, and has nothing
            self._break("it was unplugged")

    def _break(self, why: str) -> None:
        self.stop()
        self._broken = why
        self._changed.set()

    def _take(self, data: bytes) -> None:
        if self._is_silent and self._loop.time() - self._opened_s >= QUIET_S:
            self._splitter.begin_whole()
        self._is_silent = False
        for cut in self._splitter.split(data):
            self._backlog.add(cut, now_ms())
        if self._backlog:
            self._changed.set()


@asynccontextmanager
async def open_line(port: str, baud: int) -> AsyncIterator[Line]:
    device = serial.Serial()
    device.port, device.baudrate, device.timeout, device.exclusive = port, baud, 0, True
    try:
        await _open(device, port)
        line = Line(device.fileno(), port)
        line.start()
        try:
            yield line
        finally:
            line.stop()
    finally:
        device.close()


async def _open(device: serial.Serial, port: str) -> None:
    try:
        async with asyncio.timeout(OPEN_S):
            await asyncio.to_thread(device.open)  # some drivers take their time
    except TimeoutError as error:
        raise SourceError(f"{port} does not open; unplug it and plug it in again") from error
    except (OSError, termios.error, ValueError) as error:
        raise SourceError(f"cannot open {port}: {reason(error)}") from error
