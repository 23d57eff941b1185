"""Which registers are asked for together, and which can't be asked for."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.modbus.plan import GAP, LIMITS, Device, blocks_of
from firmware_bridge.modbus.values import WORDS


def device(*values: dict[str, Any], first_register: int = 0) -> Device:
    named = [{"metric": f"m{place}", **value} for place, value in enumerate(values)]
    return msgspec.convert(
        {"device": "d", "unit_id": 1, "first_register": first_register, "values": named}, Device
    )


def asked(*values: dict[str, Any], first_register: int = 0) -> list[tuple[int, int, int]]:
    blocks = blocks_of(device(*values, first_register=first_register))
    return [(block.function, block.start, block.size) for block in blocks]


PLANS = [
    pytest.param([{"register": 5}], [(3, 5, 1)], id="one value, one request"),
    pytest.param([{"register": 7}, {"register": 5}], [(3, 5, 3)], id="neighbours share one, in any order"),
    pytest.param([{"register": 0}, {"register": 9}], [(3, 0, 10)], id="eight unused between them"),
    pytest.param([{"register": 0}, {"register": 10}], [(3, 0, 1), (3, 10, 1)], id="nine are too many"),
    pytest.param([{"register": 0}, {"register": 0, "type": "u32"}], [(3, 0, 2)], id="one in another"),
    pytest.param([{"register": 0}, {"register": 1, "function": 4}], [(3, 0, 1), (4, 1, 1)], id="two tables"),
    pytest.param([{"register": 8 * n} for n in range(20)], [(3, 0, 121), (3, 128, 25)], id="125 at most"),
    pytest.param(
        [{"register": 9, "type": "u32", "fraction": {"register": 100}}],
        [(3, 9, 92)],
        id="a value is never torn",
    ),
    pytest.param(
        [{"register": 9, "fraction": {"register": 3, "type": "f64"}}], [(3, 3, 7)], id="its fraction first"
    ),
    pytest.param(
        [{"register": 8 * n, "function": 1, "type": "bit"} for n in range(40)], [(1, 0, 313)], id="bits"
    ),
]


@pytest.mark.parametrize(("values", "expected"), PLANS)
def test_a_plan(values: list[dict[str, Any]], expected: list[tuple[int, int, int]]) -> None:
    assert asked(*values) == expected


COUNTED = [
    pytest.param(0, 9, (3, 9, 1), id="from 0, as on the wire"),
    pytest.param(1, 9, (3, 8, 1), id="from 1"),
    pytest.param(40_001, 40_009, (3, 8, 1), id="from 40001"),
    pytest.param(40_001, 400_009, (3, 8, 1), id="six digits"),
    pytest.param(40_001, 30_009, (4, 8, 1), id="an input register among them"),
    pytest.param(1, 40_009, (3, 40_008, 1), id="a great number is only that where the first is 1"),
]


@pytest.mark.parametrize(("first_register", "register", "expected"), COUNTED)
def test_registers_are_counted_as_the_manual_does(
    first_register: int, register: int, expected: tuple[int, int, int]
) -> None:
    assert asked({"register": register}, first_register=first_register) == [expected]


MISTAKES = [
    pytest.param(1, {"register": 0}, "no register 0 where the first is 1", id="before the first"),
    pytest.param(0, {"register": 65_535, "type": "u32"}, "no register 65535", id="beyond the last"),
    pytest.param(40_001, {"register": 29_999}, "set first_register", id="no classic number"),
    pytest.param(40_001, {"register": 40_009, "function": 4}, "with function 3", id="against its number"),
    pytest.param(
        40_001,
        {"register": 40_009, "fraction": {"register": 30_010}},
        "different functions",
        id="a fraction in another table",
    ),
    pytest.param(0, {"register": 1, "type": "bit"}, "functions 1 and 2", id="a bit of a register"),
    pytest.param(0, {"register": 1, "function": 2}, "functions 1 and 2", id="16 bits of a coil"),
    pytest.param(
        1,
        {"register": 9, "exponent": {"register": 1439}},
        "too far apart for one request",
        id="an exponent far away",
    ),
    pytest.param(7, {"register": 9}, "first_register", id="no manual counts so"),
]


@pytest.mark.parametrize(("first_register", "value", "sentence"), MISTAKES)
def test_a_mistake_is_named(first_register: int, value: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        device(value, first_register=first_register)


VALUES = st.lists(
    st.fixed_dictionaries(
        {
            "register": st.integers(0, 600),
            "type": st.sampled_from([kind for kind in WORDS if kind != "bit"]),
            "function": st.sampled_from([3, 4]),
        }
    ),
    min_size=1,
    max_size=40,
)


@given(VALUES)
def test_every_value_is_asked_for_once_and_whole(values: list[dict[str, Any]]) -> None:
    blocks = blocks_of(device(*values))
    metrics = [place.value.metric for block in blocks for place in block.places]
    assert sorted(metrics) == sorted(f"m{place}" for place in range(len(values)))
    for block in blocks:
        assert 1 <= block.size <= LIMITS[block.function]
        answer = list(range(block.start, block.start + block.size))
        for place in block.places:
            start = place.value.register
            assert block.words(place, answer) == [list(range(start, start + WORDS[place.value.type]))]
    for before, after in pairwise(blocks):
        is_near = after.start - (before.start + before.size) <= GAP
        assert before.function != after.function or not is_near or before.size + GAP + after.size > 100
