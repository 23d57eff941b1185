"""Any bytes give a message or a coded error: never a crash, never past the limits of time and memory."""

import time
import tracemalloc
import zlib
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import codec
from protocol.codec import BODY_LIMIT, PAYLOAD_LIMIT, CodecError
from protocol.limits import POINTS_LIMIT, READINGS_LIMIT
from protocol.messages import Batch, Message
from tests.protocol.examples import EXAMPLES

pack = msgspec.msgpack.encode
HUGE = b"\xdd\xff\xff\xff\xff"  # msgpack: an array of 2**32 - 1
BODIES = [codec.encode(message) for message in EXAMPLES.values()]
BODIES += [codec.encode_json(message) for message in EXAMPLES.values()]


def batch(**fields: Any) -> bytes:
    return pack({"type": "batch", "epoch": "e", "number": 1} | fields)


def raw(field: str, value: bytes) -> bytes:
    """A batch with one field in bytes of our own."""
    return b"\x84" + batch()[1:] + pack(field) + value


def json(field: str, value: bytes) -> bytes:
    return b'{"type":"batch","epoch":"e","number":1,"' + field.encode() + b'":' + value + b"}"


def series(steps: bytes, values: bytes, flags: bytes = b"\x90") -> bytes:
    return b"\x91\x96\x00\x00" + steps + b"\xc0" + values + flags


def read(payload: bytes) -> Message:
    """The message, and all its readings if it has any."""
    message = codec.decode(codec.decompress(payload))
    if isinstance(message, Batch):
        assert len(codec.unpack(message)) <= READINGS_LIMIT
    return message


def check(payload: bytes) -> None:
    found: Message | CodecError
    try:
        found = read(payload)
    except CodecError as error:
        found = error
    if isinstance(found, CodecError):
        assert found.code
        assert len(str(found)) < 500
        assert str(found).isprintable()
    else:
        assert isinstance(found, get_args(Message))


HOSTILE = [
    pytest.param(raw("x", b"\x91" * 250_000 + b"\xc0"), "not_a_message", id="nesting without end"),
    pytest.param(json("x", b"[" * 100_000 + b"]" * 100_000), "not_a_message", id="nesting in JSON"),
    pytest.param(json("x", b'{"a":' * 50_000), "not_a_message", id="nested objects cut short"),
    pytest.param(raw("series", HUGE), "not_a_message", id="four thousand million series"),
    pytest.param(raw("series", series(HUGE, b"\x90")), "not_a_message", id="as many steps"),
    pytest.param(raw("series", series(b"\x90", HUGE)), "not_a_message", id="as many values"),
    pytest.param(raw("series", series(b"\x90", b"\x91\x00", HUGE)), "not_a_message", id="as many flags"),
    pytest.param(raw("points", HUGE), "not_a_message", id="as many points"),
    pytest.param(raw("x", HUGE), "not_a_message", id="as many of something unknown"),
    pytest.param(b"\xdf\xff\xff\xff\xff", "not_a_message", id="as many keys"),
    pytest.param(json("boot_ms", b"9" * 200_000), "not_a_message", id="a whole number of 200,000 digits"),
    pytest.param(json("boot_ms", b"9" * 30), "not_a_message", id="a whole number past 64 bits"),
    pytest.param(batch(boot_ms=2**64 - 1), "not_a_message", id="an unsigned one past 63 bits"),
    pytest.param(batch(number=0), "not_a_message", id="numbers begin at 1"),
    pytest.param(batch(number=2**63), "not_a_message", id="a number that no database holds"),
    pytest.param(batch(number="1"), "not_a_message", id="a number as text"),
    pytest.param(batch(number=True), "not_a_message", id="a number as truth"),
    pytest.param(json("series", b"[[0,0,[],null,[1e400]]]"), "not_a_message", id="a float past all floats"),
    pytest.param(batch(epoch=""), "not_a_message", id="no epoch"),
    pytest.param(batch(epoch="a\0"), "not_a_message", id="a NUL in a name"),
    pytest.param(batch(points=[["a/b\0"]]), "not_a_message", id="a NUL in a point"),
    pytest.param(json("boot", b'"\\ud800"'), "not_a_message", id="half a surrogate pair"),
    pytest.param(raw("boot", b"\xa1\xff"), "not_a_message", id="text that is no UTF-8"),
    pytest.param(batch(boot="x" * 2_000), "not_a_message", id="text without end"),
    pytest.param(batch(points=[["a/b", "m", float("nan")]]), "not_a_message", id="an interval that is none"),
    pytest.param(
        batch(thinned=[[0, 1, 2, float("nan"), 1.0, 1.0, 1]]), "not_a_message", id="a minimum that is none"
    ),
    pytest.param(batch(series=[[0, 0, [], None, []]]), "malformed_series", id="a series of nothing"),
    pytest.param(
        batch(series=[[0, 0, [1, 2], None, [1.0]]]), "malformed_series", id="more steps than values"
    ),
    pytest.param(
        batch(series=[[0, 0, [], None, [1.0], [[1, 1]]]]), "malformed_series", id="a flag behind it"
    ),
    pytest.param(batch(series=[[0, 0, [], 2, [1.5]]]), "malformed_series", id="scaled, but not whole"),
    pytest.param(
        batch(series=[[0, 0, [0] * 5_999, 0, [0] * 6_000]] * 2),
        "too_large",
        id="more readings than a batch has",
    ),
    pytest.param(
        batch(series=[[0, 0, [], 0, [0]]] * (POINTS_LIMIT + 1)), "not_a_message", id="more series than points"
    ),
    pytest.param(batch(type="batch_v2"), "unknown_type", id="a message of a newer version"),
    pytest.param(b'{"type":"batch_v2","points":7}', "unknown_type", id="the same in JSON"),
    pytest.param(b"", "empty", id="nothing"),
    pytest.param(zlib.compress(b""), "empty", id="nothing, compressed"),
    pytest.param(b"\x00" * (PAYLOAD_LIMIT + 1), "too_large", id="a payload past the limit"),
    pytest.param(zlib.compress(b"\x00" * 50_000_000, 9), "too_large", id="a bomb of 50 MB"),
    pytest.param(zlib.compress(batch())[:-1], "broken_zlib", id="compressed and cut short"),
    pytest.param(zlib.compress(batch()) + b"\x00", "broken_zlib", id="compressed, and more behind it"),
    pytest.param(b"\x78\x9c" + b"\xff" * 20, "broken_zlib", id="what only looks compressed"),
    pytest.param(batch() + b"\x00", "not_a_message", id="a message, and more behind it"),
    pytest.param(b"{" + b" " * 1_000, "not_a_message", id="JSON that never ends"),
    pytest.param(b"\xc1", "not_a_message", id="a byte that msgpack never uses"),
]


@pytest.mark.parametrize(("payload", "code"), HOSTILE)
def test_hostile_bytes_are_refused_at_once(payload: bytes, code: str) -> None:
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(CodecError) as caught:
        read(payload)
    spent = time.process_time() - begun
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code == code
    assert spent < 1
    assert peak < 16 * BODY_LIMIT
    assert len(str(caught.value)) < 500


def test_a_body_of_just_the_limit_is_read() -> None:
    body = batch(x=b"\0" * 1_000_000)
    body = batch(x=b"\0" * (1_000_000 + BODY_LIMIT - len(body)))
    assert len(body) == BODY_LIMIT
    assert isinstance(read(zlib.compress(body)), Batch)
    with pytest.raises(CodecError, match="decompresses to more than"):
        read(zlib.compress(batch(x=b"\0" * (BODY_LIMIT + 1))))


def test_a_batch_at_every_limit_is_read_in_time() -> None:
    begun = time.process_time()
    full = batch(series=[[0, 2**62, [2**62] * 4, 0, [2**62] * 5] for _ in range(POINTS_LIMIT)])
    assert isinstance(read(full), Batch)
    assert time.process_time() - begun < 5


@given(st.binary(max_size=300))
def test_any_bytes(payload: bytes) -> None:
    check(payload)
    check(zlib.compress(payload))


@given(st.data())
def test_any_damage_to_a_real_message(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(BODIES)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=6))
        body = body or bytearray(b"\x80")
    check(bytes(body))


# Anything that JSON or msgpack can say, where a message is expected.
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5),
    max_leaves=20,
)


@given(st.sampled_from(list(EXAMPLES.values())), st.data())
def test_any_content_of_a_field(message: Message, data: st.DataObject) -> None:
    content = msgspec.to_builtins(message)
    field = data.draw(st.sampled_from(sorted(content)))
    check(pack(content | {field: data.draw(anything)}))
