"""The answer is found in whatever else is on the line, and nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer.rtu import FramerRTU

from firmware_bridge.modbus.frames import rtu_answer, tcp_answer


def rtu(*body: int) -> bytes:
    return bytes(body) + FramerRTU.compute_CRC(bytes(body)).to_bytes(2, "big")


def tcp(transaction: int, *body: int) -> bytes:
    return bytes([0, transaction, 0, 0, 0, len(body), *body])


ASKED = rtu(2, 3, 0, 8, 0, 2)  # unit 2, function 3, two registers from 8
ANSWER = rtu(2, 3, 4, 1, 2, 3, 4)
REFUSAL = rtu(2, 0x83, 2)

HEARD = [
    pytest.param(ANSWER, ANSWER, id="the answer alone"),
    pytest.param(b"\0" + ANSWER, ANSWER, id="a 0 as the drivers change direction"),
    pytest.param(ASKED + ANSWER, ANSWER, id="the echo of the request"),
    pytest.param(ANSWER + b"\xff", ANSWER, id="noise behind it"),
    pytest.param(b"\2\3\4" + ANSWER, ANSWER, id="a torn answer before it"),
    pytest.param(rtu(1, 3, 4, 9, 9, 9, 9) + ANSWER, ANSWER, id="the late answer of another unit"),
    pytest.param(rtu(2, 3, 2, 9, 9) + ANSWER, ANSWER, id="the late answer to a shorter request"),
    pytest.param(REFUSAL, REFUSAL, id="a refusal"),
    pytest.param(rtu(2, 4, 4, 1, 2, 3, 4), b"", id="another function"),
    pytest.param(rtu(2, 0x84, 2), b"", id="the refusal of another function"),
    pytest.param(ANSWER[:-1], b"", id="not all of it yet"),
    pytest.param(ANSWER[:-1] + b"\0", b"", id="a wrong check sum"),
    pytest.param(b"", b"", id="nothing"),
]


@pytest.mark.parametrize(("heard", "found"), HEARD)
def test_what_is_heard_on_a_serial_line(heard: bytes, found: bytes) -> None:
    assert rtu_answer(ASKED, heard) == found


TCP_ASKED = tcp(7, 2, 3, 0, 8, 0, 2)
TCP_ANSWER = tcp(7, 2, 3, 4, 1, 2, 3, 4)
TCP_HEARD = [
    pytest.param(TCP_ANSWER, TCP_ANSWER, id="the answer alone"),
    pytest.param(tcp(6, 2, 3, 4, 9, 9, 9, 9) + TCP_ANSWER, TCP_ANSWER, id="a late answer before it"),
    pytest.param(tcp(6, 2, 3, 4, 9, 9, 9, 9)[3:] + TCP_ANSWER, TCP_ANSWER, id="the rest of a late one"),
    pytest.param(tcp(7, 2, 0x83, 2), tcp(7, 2, 0x83, 2), id="a refusal"),
    pytest.param(tcp(7, 1, 3, 4, 1, 2, 3, 4), b"", id="another unit"),
    pytest.param(tcp(7, 2, 3, 2, 1, 2), b"", id="another length"),
    pytest.param(TCP_ANSWER[:-1], b"", id="not all of it yet"),
    pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", id="a web server"),
]


@pytest.mark.parametrize(("heard", "found"), TCP_HEARD)
def test_what_is_heard_over_tcp(heard: bytes, found: bytes) -> None:
    assert tcp_answer(TCP_ASKED, heard) == found


COUNT = st.integers(1, 125)
NOISE = st.binary(max_size=60)


@given(st.integers(1, 247), st.sampled_from([3, 4]), COUNT, st.data(), NOISE, NOISE)
def test_the_answer_is_found_between_any_noise(
    unit: int, function: int, count: int, data: st.DataObject, before: bytes, after: bytes
) -> None:
    request = rtu(unit, function, 0, 8, 0, count)
    words = data.draw(st.binary(min_size=2 * count, max_size=2 * count))
    answer = rtu(unit, function, 2 * count, *words)
    assert rtu_answer(request, before + answer + after) == answer
    assert tcp_answer(tcp(7, *request[:-2]), before + tcp(7, *answer[:-2]) + after) == tcp(7, *answer[:-2])


@given(NOISE)
def test_any_bytes_are_an_answer_or_nothing(heard: bytes) -> None:
    found = rtu_answer(ASKED, heard)
    assert found in heard
    assert found in (b"", rtu(*found[:-2]))
    assert tcp_answer(TCP_ASKED, heard) == b""
