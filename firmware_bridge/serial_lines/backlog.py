"""Lines that were heard and not handed over yet. Pure; bounded."""

from collections import deque
from typing import NamedTuple

from firmware_bridge.arrival import arrival
from firmware_bridge.serial_lines.splitter import Cut

# Lines that wait while the store takes none; of those after them the newest, and a count.
BACKLOG_LIMIT = 2_000
ECHO_MS = 200  # a line that comes again within it is its echo: as two samples it would confirm itself

NO_ROOM = "lines came while none could be kept"


class Heard(NamedTuple):
    """A line and when its end was read."""

    at: int  # ms UTC; no two alike
    raw: bytes
    wrong: str = ""  # why it is no line
    lines: int = 1  # that this one stands for


class Backlog:
    def __init__(self) -> None:
        self._waiting: deque[Heard] = deque()
        self._last = Heard(0, b"")

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, cut: Cut, now: int) -> None:
        """`now` in ms UTC."""
        line = Heard(arrival(now, self._last.at), cut.raw, cut.wrong)
        if line.raw == self._last.raw and 0 <= line.at - self._last.at < ECHO_MS:
            return
        self._last = line
        if len(self._waiting) == BACKLOG_LIMIT:
            line = line._replace(wrong=NO_ROOM, lines=self._waiting.pop().lines + 1)
        self._waiting.append(line)

    def take(self, count: int) -> list[Heard]:
        """The oldest ones."""
        return [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
