"""What a Modbus value is made of, and what its registers mean. Pure; knows no bus and no request.

Manuals rarely say in which order the two registers of a 32-bit value come. With ABCD for the value's four
bytes, the first register holds AB; CDAB is "low word first", the most common surprise. `evara-agent try`
shows the registers in hex: compare with what the device's own display shows.
"""

import math
import struct
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Measure

Function = Literal[1, 2, 3, 4]  # coils, discrete inputs, holding registers, input registers
Type = Literal["bit", "u16", "s16", "u32", "s32", "f32", "u64", "s64", "f64"]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
Number = Annotated[int, Meta(ge=0, le=465_536)]  # of a register, as the device's manual counts

WORDS = {"bit": 1, "u16": 1, "s16": 1, "u32": 2, "s32": 2, "f32": 2, "u64": 4, "s64": 4, "f64": 4}
_LARGEST_EXPONENT = 30  # beyond it a wrong register was read, not a power of ten
_DIGITS = 15  # a double's own: 235 * 0.1 is 23.5 and not 23.500000000000004


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Registers that belong to a value beside its own: of the same function, read in the same request."""

    register: Number
    type: Type = "u16"
    order: Order = "ABCD"
    scale: Finite = 1.0  # of a fraction, in the value's unit: 0.001 for litres beside cubic metres


class Register(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value: (registers + fraction x its scale) x 10^exponent x scale + offset, in `unit`."""

    register: Number  # the first one, counted as `first_register` of the device says
    function: Function | None = None  # None: 3, or what a number like 30001 says
    type: Type = "u16"
    order: Order = "ABCD"  # of the bytes; of eight too: the words' order, and the bytes' in a word
    scale: Finite = 1.0
    offset: Finite = 0.0
    # Registers that read like this say that there is no value: a fault.
    none: Annotated[tuple[int | float, ...], Meta(max_length=8)] = ()
    fraction: Part | None = None  # totals that come as a whole and a fraction
    exponent: Part | None = None  # n, where the manual says x 10^n

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scale == 0:
            raise ValueError("scale = 0 makes every value 0; leave it out or give the factor")

    @property
    def parts(self) -> "list[Register | Part]":
        """All of its registers; its own first."""
        return [self, *(part for part in (self.fraction, self.exponent) if part)]

    @property
    def is_plain(self) -> bool:
        """What is read is the value."""
        return (self.scale, self.offset, self.fraction, self.exponent) == (1, 0, None, None)


def decode(register: Register, words: Sequence[Sequence[int]]) -> float:
    """The value in the device's unit; nan where the device says it has none.

    `words` are the registers of its parts, in their order, each 0 to 65535. Raises ValueError with a
    sentence for registers that can't be what the settings say.
    """
    of_part = iter(words)
    raw = number(next(of_part), register.type, register.order)
    if raw in register.none or not math.isfinite(raw):
        return math.nan
    if register.is_plain:
        return float(raw)
    if register.fraction:
        raw += _fraction(register.fraction, next(of_part))
    if register.exponent:
        raw *= 10.0 ** _exponent(register.exponent, next(of_part))
    return float(f"{raw * register.scale + register.offset:.{_DIGITS}g}")


def number(words: Sequence[int], kind: Type, order: Order) -> int | float:
    """The number in `words`, which are as many as `kind` has."""
    if kind == "bit":
        return int(bool(words[0]))
    is_low_word_first, is_low_byte_first = order in ("CDAB", "DCBA"), order in ("BADC", "DCBA")
    ordered = reversed(words) if is_low_word_first else words
    data = b"".join(word.to_bytes(2, "little" if is_low_byte_first else "big") for word in ordered)
    if kind == "f32":
        return _shortest(data)
    if kind == "f64":
        return float(struct.unpack(">d", data)[0])
    return int.from_bytes(data, "big", signed=kind.startswith("s"))


def _shortest(data: bytes) -> float:
    """21.1 was meant where a REAL4 says 21.1, and not the 21.100000381469727 that it is as a double."""
    value: float = struct.unpack(">f", data)[0]
    if not math.isfinite(value):
        return value
    return next(
        short
        for short in (float(f"{value:.{digits}g}") for digits in (6, 7, 8, 9))
        if struct.pack(">f", short) == data
    )


def _fraction(part: Part, words: Sequence[int]) -> float:
    fraction = number(words, part.type, part.order) * part.scale
    if abs(fraction) > 1:
        raise ValueError(
            f"its fraction reads {fraction:g}, which is no part of 1; "
            "compare the fraction's register, type, order and scale with the manual"
        )
    return fraction


def _exponent(part: Part, words: Sequence[int]) -> float:
    exponent = number(words, part.type, part.order)
    if not abs(exponent) <= _LARGEST_EXPONENT:  # nan too
        raise ValueError(
            f"its exponent reads {exponent:g}, which is no power of ten of a meter; "
            "compare the exponent's register, type and order with the manual"
        )
    return exponent
