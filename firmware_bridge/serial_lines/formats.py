"""Decodes a line that a node or its receiver wrote. Pure: bytes in, named or counted values out.

Nothing is guessed: a line that is not in one piece gives nothing at all, for a part of it may be
another node's.
"""

import re
from typing import Any, Literal, NamedTuple

import msgspec

from firmware_bridge import json_record
from firmware_bridge.fields import RawValue

Checksum = Literal["none", "xor", "sum"]
Values = dict[str | int, RawValue]  # by name, or by column from 1

NOT_TEXT = "bytes that are no text: noise, two nodes at once, or another baud"
NO_RECORD = "no record: boot text, an echo, or values that are found in another way"
GARBLED = "garbled: two nodes at once, or a part is missing"
DECIMAL_COMMA = "a decimal comma; send a decimal point"
NO_CHECKSUM = "no checksum: boot text, or the line was cut off"
WRONG_CHECKSUM = "its checksum is wrong"
NO_TIME = "its time is not ISO with a zone, nor seconds or milliseconds since 1970"

# `*5A` at the end of what the node sent; a receiver may append its own values behind it.
_CHECKED = re.compile(r"(.*)\*([0-9A-Fa-f]{2})(?:[,;&\s](.*))?")
_PREFIX = re.compile(r"([^\s:=,;&{]{1,64}):\s*(.*)")
# A separator is one only before a name: `T=26,5;B=3.7` and `time=2024-01-01 12:00:00Z,L=3` are two pairs.
_BETWEEN_PAIRS = re.compile(r"[,;&\s](?=[^\s=,;&:]+\s*=)")
_PAIR = re.compile(r"([^\s=,;&:]+)\s*=\s*([^=]*)")
_SEPARATORS = ",;& \t"
# Where a number should stand, said by a program and not by noise: ERR, open, no-echo.
_WORD = re.compile(r"[A-Za-z_-]{2,16}")
# What C's printf writes into JSON, which has no such thing.
_BARE_NAN = re.compile(r"(?<=:)\s*([+-]?(?:nan|inf|ovf))(?=\s*[,}])", re.IGNORECASE)


class Refused(Exception):
    """Why a line gives nothing, in the same words for all lines of a kind."""


class Form(msgspec.Struct, frozen=True):
    """What is known of every line on a link."""

    names: tuple[str, ...] = ()  # what is looked for; in JSON `data.level` is one inside another
    is_counted: bool = False  # values stand in columns and have no names
    has_prefix: bool = False  # `N01:` before them
    checksum: Checksum = "none"


class Record(NamedTuple):
    """What stood on a line, in one piece as far as that can be told."""

    prefix: str  # "" where the form has none
    values: Values
    is_certain: bool  # nothing in it is another line's: its checksum fits, or it is whole JSON


def decode(line: bytes, form: Form) -> Record:
    """Raises Refused."""
    body, appended = _checked(_text(line), form.checksum)
    prefix, body = _prefixed(body) if form.has_prefix else ("", body)
    if form.is_counted:
        values = _columns(body, appended)
    else:
        values = _members(body, form.names) if body.startswith("{") else _pairs(body)
        _join(values, _pairs(appended) if appended else {})
    return Record(prefix, values, form.checksum != "none" or body.startswith("{"))


def is_word(raw: RawValue) -> bool:
    """Whether a program wrote it where it had no number to write."""
    return isinstance(raw, str) and _WORD.fullmatch(raw.strip()) is not None


def time_of(raw: RawValue, heard_at: int) -> int:
    """When the node measured, ms UTC; one whose clock was never set measured as it was heard.

    Raises Refused.
    """
    try:
        said = json_record.own_time(raw, None)
    except ValueError as error:
        raise Refused(NO_TIME) from error
    return heard_at if said is None else said


def _text(line: bytes) -> str:
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise Refused(NOT_TEXT) from error
    if not text.replace("\t", " ").isprintable():
        raise Refused(NOT_TEXT)
    return text


def _checked(text: str, checksum: Checksum) -> tuple[str, str]:
    """What the checksum covers, and what was appended behind it."""
    match = _CHECKED.fullmatch(text)
    if match is None:
        if checksum == "none":
            return text, ""
        raise Refused(NO_CHECKSUM)
    body, digits, appended = match.groups(default="")
    fitting = [name for name, found in _sums(body.encode()).items() if found == int(digits, 16)]
    if checksum in fitting:
        return body, appended.strip(_SEPARATORS)
    if fitting:  # by chance for one wrong line in 128; a node that is set up wrongly tells it each time
        raise Refused(f'set checksum = "{fitting[0]}", which is the one that fits')
    raise Refused(GARBLED if checksum == "none" else WRONG_CHECKSUM)


def _sums(body: bytes) -> dict[str, int]:
    xor = 0
    for byte in body:
        xor ^= byte
    return {"xor": xor, "sum": sum(body) & 0xFF}


def _prefixed(text: str) -> tuple[str, str]:
    match = _PREFIX.fullmatch(text)
    if match is None:
        raise Refused(NO_RECORD)
    return match[1], match[2]


def _columns(body: str, appended: str) -> Values:
    """A receiver has a separator of its own."""
    return dict(enumerate([*_cells(body), *(_cells(appended) if appended else ())], 1))


def _cells(text: str) -> list[str]:
    separator = next((mark for mark in ";\t," if mark in text), ",")
    return [cell.strip() for cell in text.split(separator)]


def _members(text: str, names: tuple[str, ...]) -> Values:
    record = _json(text)
    return {name: value for name in names if (value := _member(record, name)) is not None}


def _json(text: str) -> Any:
    try:
        return json_record.parse(text.encode())
    except ValueError:
        try:
            return json_record.parse(_BARE_NAN.sub(r'"\1"', text).encode())
        except ValueError as error:
            raise Refused(GARBLED) from error


def _member(record: Any, name: str) -> RawValue:
    try:
        return json_record.find(record, name)
    except ValueError:
        return "{...}"  # no number, as its reject then says


def _pairs(text: str) -> Values:
    if "=" not in text:
        raise Refused(NO_RECORD)
    values: Values = {}
    for piece in _BETWEEN_PAIRS.split(text):
        match = _PAIR.fullmatch(piece.strip(_SEPARATORS))
        if match is None:
            raise Refused(GARBLED)
        _join(values, {match[1]: match[2]})
    return values


def _join(values: Values, more: Values) -> None:
    if values.keys() & more.keys():
        raise Refused(GARBLED)  # one node says a thing once
    values |= more
