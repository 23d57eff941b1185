"""Registers to values: every type and order there and back, and any registers at all."""

import math
import struct
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.fields import reading
from firmware_bridge.modbus.values import WORDS, Order, Part, Register, Type, decode, number
from protocol.reading import Quality

WORD = st.integers(0, 0xFFFF)
ORDERS = st.sampled_from(get_args(Order))
RANGES = {"u16": (0, 2**16), "s16": (-(2**15), 2**15), "u32": (0, 2**32), "s32": (-(2**31), 2**31)}
RANGES |= {"u64": (0, 2**64), "s64": (-(2**63), 2**63)}


def encoded(data: bytes, order: Order) -> list[int]:
    """The registers of a device that keeps the big-endian `data` in this order; written the manuals' way."""
    words = [data[place : place + 2] for place in range(0, len(data), 2)]
    turned = {
        "ABCD": words,
        "CDAB": words[::-1],
        "BADC": [word[::-1] for word in words],
        "DCBA": [word[::-1] for word in words][::-1],
    }[order]
    return [int.from_bytes(word, "big") for word in turned]


@given(st.sampled_from(list(RANGES)), ORDERS, st.data())
def test_a_whole_number_comes_back(kind: Type, order: Order, data: st.DataObject) -> None:
    low, above = RANGES[kind]
    value = data.draw(st.integers(low, above - 1))
    raw = (value % 2 ** (16 * WORDS[kind])).to_bytes(2 * WORDS[kind], "big")
    assert number(encoded(raw, order), kind, order) == value


@given(ORDERS, st.floats(width=32, allow_nan=False))
def test_a_real4_comes_back(order: Order, value: float) -> None:
    found = number(encoded(struct.pack(">f", value), order), "f32", order)
    assert struct.pack(">f", found) == struct.pack(">f", value)


@given(st.integers(-99_999, 99_999), st.integers(0, 4))
def test_a_real4_is_the_decimal_that_was_meant(digits: int, places: int) -> None:
    meant = float(f"{digits}e-{places}")
    assert number(encoded(struct.pack(">f", meant), "ABCD"), "f32", "ABCD") == meant


@given(ORDERS, st.floats(allow_nan=False))
def test_a_double_comes_back_to_the_last_bit(order: Order, value: float) -> None:
    assert number(encoded(struct.pack(">d", value), order), "f64", order) == value


PART = st.builds(
    Part,
    register=st.just(1),
    type=st.sampled_from([kind for kind in get_args(Type) if kind != "bit"]),
    order=ORDERS,
    scale=st.floats(-1e300, 1e300),
)
REGISTER = st.builds(
    Register,
    metric=st.just("level"),
    unit=st.sampled_from(["", "cm", "m3"]),
    register=st.just(1),
    type=st.sampled_from(get_args(Type)),
    order=ORDERS,
    scale=st.floats(-1e300, 1e300).filter(bool),
    offset=st.floats(-1e300, 1e300),
    none=st.lists(st.integers(-1, 65_535) | st.floats(), max_size=2).map(tuple),
    fraction=st.none() | PART,
    exponent=st.none() | PART,
)


@given(REGISTER, st.data())
def test_any_registers_are_a_value_a_fault_or_a_sentence(register: Register, data: st.DataObject) -> None:
    words = [
        data.draw(st.lists(WORD, min_size=n, max_size=n)) for n in [WORDS[p.type] for p in register.parts]
    ]
    try:
        value = decode(register, words)
    except ValueError:
        return
    found = reading("d/level", 5, value, register)
    assert (found.value is None) == (found.quality == Quality.FAULT)
    assert found.value is None or math.isfinite(found.value)


@given(WORD, WORD)
def test_totals_grow_as_their_registers_do(high: int, low: int) -> None:
    total = Register(
        metric="total", register=1, type="u32", fraction=Part(register=3, type="u16", scale=0.001), scale=10
    )
    now = decode(total, [[high, low], [500]])
    assert decode(total, [[high, low], [501]]) > now
    assert now == pytest.approx((high * 65_536 + low + 0.5) * 10, rel=1e-14)


@pytest.mark.parametrize("raw", [0xFFFF, 0x8000])
def test_a_marker_is_a_fault_whatever_the_scale(raw: int) -> None:
    register = Register(metric="level", register=1, scale=0.1, none=(65_535, 32_768.0))
    assert math.isnan(decode(register, [[raw]]))
    assert decode(register, [[raw - 1]]) == pytest.approx((raw - 1) / 10)


def test_a_marker_of_eight_bytes_is_not_rounded() -> None:
    register = msgspec.convert({"metric": "n", "register": 1, "type": "u64", "none": [2**64 - 1]}, Register)
    assert math.isnan(decode(register, [[0xFFFF] * 4]))
    assert not math.isnan(decode(register, [[0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE]]))


MISTAKES: list[Any] = [
    pytest.param({"type": "real"}, "real", id="no such type"),
    pytest.param({"order": "ABDC"}, "ABDC", id="no such order"),
    pytest.param({"scale": 0}, "scale = 0", id="every value 0"),
    pytest.param({"function": 6}, "6", id="nothing is written"),
    pytest.param({"unit": "furlong"}, "furlong", id="no such unit"),
    pytest.param({"fraction": {"register": 1, "metric": "x"}}, "metric", id="a fraction is no point"),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert({"metric": "level", "register": 1} | settings, Register)
