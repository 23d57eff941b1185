"""The bytes of v1: what a gateway in the field sends today must be understood for as long as v1 is."""

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from protocol import codec
from protocol.messages import Message
from tests.protocol.examples import EXAMPLES

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_is_these_bytes(name: str) -> None:
    assert codec.encode(EXAMPLES[name]) == (GOLDEN / f"{name}.msgpack").read_bytes()
    assert codec.encode_json(EXAMPLES[name]) == (GOLDEN / f"{name}.json").read_bytes().strip()


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.name)
def test_these_bytes_are_that_message(path: Path) -> None:
    assert codec.decode(path.read_bytes()) == EXAMPLES[path.stem]


def test_every_kind_of_message_has_an_example() -> None:
    assert {type(message) for message in EXAMPLES.values()} == set(get_args(Message))


@pytest.mark.parametrize("message", EXAMPLES.values(), ids=EXAMPLES)
def test_a_newer_writer_may_add_fields(message: Message) -> None:
    wider = msgspec.to_builtins(message) | {"added_in_v1_7": {"deep": [1, None]}}
    assert codec.decode(msgspec.msgpack.encode(wider)) == message


@pytest.mark.parametrize("message", EXAMPLES.values(), ids=EXAMPLES)
def test_the_examples_leave_no_field_out(message: Message) -> None:
    complete = next(one for one in EXAMPLES.values() if type(one) is type(message))
    left_out = {
        field.name
        for field in msgspec.structs.fields(complete)
        if not field.required and getattr(complete, field.name) == field.default
    }
    assert left_out == set()
