"""Which registers of a device are asked for together. Pure.

All registers of one value come in one request: a total whose halves were read apart may be off by a whole
count. Values of one function share a request where no more than GAP registers lie unused between them and
it stays within what one answer can carry. GAP registers cost 17 ms at 9600 baud; another request costs its
frame, the answer's, two silences and the device's own time to think, 50 ms and more.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Interval
from firmware_bridge.modbus.values import WORDS, Function, Part, Register
from protocol.reading import Label

GAP = 8
LIMITS = {1: 2000, 2: 2000, 3: 125, 4: 125}  # bits or registers that one request may ask for

# The classic numbers: which function they mean, and how many there are. Six digits where five are too few.
_CLASSIC: tuple[tuple[int, Function, int], ...] = (
    (400_001, 3, 65_536),
    (300_001, 4, 65_536),
    (100_001, 2, 65_536),
    (40_001, 3, 9_999),
    (30_001, 4, 9_999),
    (10_001, 2, 9_999),
    (1, 1, 9_999),
)


class Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A slave on the bus. A device that stays silent when it is asked for much at once may have several of
    these, with the same unit_id and some of its values each: they are never asked for together."""

    device: Label
    unit_id: Annotated[int, Meta(ge=0, le=255)]
    # How this device's manual counts. On the wire the first register is 0, so a manual whose table begins
    # with 1 is off by one, and 40001 is holding register 0 (30001 input register, 10001 input, 1 coil).
    first_register: Literal[0, 1, 40_001]
    every_s: Interval | None = None  # None: as the source
    values: Annotated[list[Register], Meta(min_length=1, max_length=256)]

    def __post_init__(self) -> None:
        blocks_of(self)  # a register that can't be read is a mistake in the configuration


class Place(NamedTuple):
    """Where the registers of a value stand: on the wire, from 0."""

    value: Register
    function: Function
    starts: tuple[int, ...]  # of its parts

    @property
    def first(self) -> int:
        return min(self.starts)

    @property
    def end(self) -> int:
        """One behind its last."""
        return max(
            start + WORDS[part.type] for part, start in zip(self.value.parts, self.starts, strict=True)
        )


class Block(NamedTuple):
    """One request and the values in its answer."""

    function: Function
    start: int  # on the wire, from 0
    size: int
    places: tuple[Place, ...]

    def words(self, place: Place, answer: Sequence[int]) -> list[Sequence[int]]:
        """The registers of a value's parts, in their order, out of the answer to this request."""
        return [
            answer[start - self.start :][: WORDS[part.type]]
            for part, start in zip(place.value.parts, place.starts, strict=True)
        ]

    def singles(self) -> "list[Block]":
        """A request for each value, for a device that refuses to give them together."""
        return [_block([place]) for place in self.places]


def blocks_of(device: Device) -> list[Block]:
    """The requests that bring all of a device's values. Raises ValueError for what can't be asked for."""
    places = sorted(
        (_place(value, device.first_register) for value in device.values),
        key=lambda place: (place.function, place.first),
    )
    groups: list[list[Place]] = []
    for place in places:
        if groups and _fits(groups[-1], place):
            groups[-1].append(place)
        else:
            groups.append([place])
    return [_block(group) for group in groups]


def _fits(group: Iterable[Place], place: Place) -> bool:
    block = _block([*group])
    end = block.start + block.size
    longest = max(end, place.end) - block.start
    return place.function == block.function and place.first - end <= GAP and longest <= LIMITS[block.function]


def _block(places: Sequence[Place]) -> Block:
    start = min(place.first for place in places)
    end = max(place.end for place in places)
    return Block(places[0].function, start, end - start, tuple(places))


def _place(value: Register, first_register: int) -> Place:
    function = _function(value, first_register)
    starts = tuple(_start(value, part, function, first_register) for part in value.parts)
    place = Place(value, function, starts)
    if any((part.type == "bit") != (function in (1, 2)) for part in value.parts):
        raise ValueError(f'{_named(value)}: functions 1 and 2 read type "bit", and no other do')
    if place.end - place.first > LIMITS[function]:
        raise ValueError(
            f"{_named(value)}: its registers are too far apart for one request of {LIMITS[function]}; "
            "if the far one never changes, read it once and write it as scale"
        )
    return place


def _function(value: Register, first_register: int) -> Function:
    """As the settings say, or the number itself."""
    if first_register != 40_001:
        return value.function or 3
    function = _classic(value, value.register)[0]
    if value.function not in (None, function):
        raise ValueError(f"{_named(value)} is read with function {function}; leave function out")
    return function


def _start(value: Register, part: Register | Part, function: Function, first_register: int) -> int:
    start = part.register - first_register
    if first_register == 40_001:
        part_function, start = _classic(value, part.register)
        if part_function != function:
            raise ValueError(f"{_named(value)}: its parts are read with different functions")
    if not 0 <= start <= 65_536 - WORDS[part.type]:
        raise ValueError(
            f"{_named(value)}: there is no register {part.register} where the first is {first_register}"
        )
    return start


def _classic(value: Register, number: int) -> tuple[Function, int]:
    for first, function, count in _CLASSIC:
        if first <= number < first + count:
            return function, number - first
    raise ValueError(
        f"{_named(value)}: {number} is no number of a table that begins with 40001; "
        "if the manual counts from 0 or 1, set first_register to that"
    )


def _named(value: Register) -> str:
    return f"{value.metric}, register {value.register}"
