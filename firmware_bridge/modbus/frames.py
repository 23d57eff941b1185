"""Finds the answer to a request in what was heard on a Modbus link. Pure.

pymodbus takes the first thing that looks like a frame. On a real line there are a stray 0 before the answer
(the drivers change direction), the adapter's echo of the request, noise, and the late answer of a slave that
was given up. So only a frame that fits the request counts, wherever it stands: unit, function, number of
bytes and check sum; over TCP the transaction instead of the sum. Two answers of one unit that differ in none
of these can't be told apart on a serial line; that is why a silent slave rests before it is asked again.
"""

from collections.abc import Iterator

from pymodbus.framer.rtu import FramerRTU

_REFUSED = 0x80  # added to the function by a device that refuses


def rtu_answer(request: bytes, heard: bytes) -> bytes:
    """The whole frame, empty while there is none: unit, function, data, check sum."""
    for head, size in _shapes(request[:-2]):
        place = heard.find(head)
        while place >= 0:
            end = place + len(head) + size
            if _is_whole(heard[place : end + 2], len(head) + size + 2):
                return heard[place : end + 2]
            place = heard.find(head, place + 1)
    return b""


def tcp_answer(request: bytes, heard: bytes) -> bytes:
    """The whole frame, empty while there is none: transaction, 0, length, unit, function, data."""
    for head, size in _shapes(request[6:]):
        start = request[:4] + (len(head) + size).to_bytes(2, "big") + head
        place = heard.find(start)
        end = place + len(start) + size
        if place >= 0 and end <= len(heard):
            return heard[place:end]
    return b""


def _is_whole(frame: bytes, length: int) -> bool:
    return len(frame) == length and FramerRTU.compute_CRC(frame[:-2]).to_bytes(2, "big") == frame[-2:]


def _shapes(asked: bytes) -> Iterator[tuple[bytes, int]]:
    """How an answer to (unit, function, register, count) may begin, and the bytes of data behind that."""
    unit, function, count = asked[0], asked[1], int.from_bytes(asked[4:6], "big")
    size = (count + 7) // 8 if function in (1, 2) else count * 2
    yield bytes((unit, function, size)), size
    yield bytes((unit, function | _REFUSED)), 1
