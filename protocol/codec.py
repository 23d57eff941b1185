"""Bytes to messages and back, within hard limits; readings to packed series and back, exactly."""

import hashlib
import math
import zlib
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import get_args

import msgspec

from protocol.limits import READINGS_LIMIT
from protocol.messages import Batch, Message, Series
from protocol.reading import QUALITY_MASK, Point, Reading

PAYLOAD_LIMIT = 262_144  # bytes as they travel
BODY_LIMIT = 1_048_576  # bytes after decompression

# The first byte tells the three forms apart: zlib's header, JSON's brace, else msgpack (always a map).
_ZLIB = 0x78
_JSON = 0x7B

# Decimal places that are tried; sensors have few, and float noise (28.700000000000003) has seventeen.
_PLACES = range(7)
_EXACT_LIMIT = 2**53  # above it a float no longer tells neighbouring integers apart

_to_msgpack = msgspec.msgpack.Encoder()
_to_json = msgspec.json.Encoder()
_from_msgpack = msgspec.msgpack.Decoder(Message)
_from_json = msgspec.json.Decoder(Message)

# msgspec raises its own errors for shape, and these two for text that is no UTF-8 and for depth.
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_SHOWN = 300  # characters of what somebody sent that an error repeats


class _Kind(msgspec.Struct, frozen=True):
    """What every message begins with."""

    type: str


_KINDS = {str(kind.__struct_config__.tag) for kind in get_args(Message)}
_kind_from_msgpack = msgspec.msgpack.Decoder(_Kind)
_kind_from_json = msgspec.json.Decoder(_Kind)


class CodecError(Exception):
    """These bytes are no message of protocol v1. `code` is a word, the text a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def digest(body: bytes) -> str:
    """The hash that tells two batches with one number apart: 128 bits of BLAKE2b, in hex."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def encode(message: Message) -> bytes:
    """The body of a message: msgpack, uncompressed. A batch's hash covers these bytes."""
    return _to_msgpack.encode(message)


def encode_json(message: Message) -> bytes:
    """The same as JSON, for whoever wrote in JSON."""
    return _to_json.encode(message)


def compress(body: bytes) -> bytes:
    """The payload that travels: the body, or zlib of it where that is smaller."""
    packed = zlib.compress(body, 9)
    return packed if len(packed) < len(body) else body


def decompress(payload: bytes) -> bytes:
    """The body of a payload. Raises CodecError past the limits or where zlib breaks off."""
    if len(payload) > PAYLOAD_LIMIT:
        raise CodecError(
            "too_large", f"the payload has {len(payload)} bytes, at most {PAYLOAD_LIMIT} are read"
        )
    if not payload or payload[0] != _ZLIB:
        return payload
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(payload, BODY_LIMIT + 1)
    except zlib.error as error:
        raise CodecError("broken_zlib", f"the payload does not decompress: {error}") from error
    if len(body) > BODY_LIMIT:
        raise CodecError("too_large", f"the payload decompresses to more than {BODY_LIMIT} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise CodecError("broken_zlib", "the compressed payload is cut short or has bytes after its end")
    return body


def decode(body: bytes) -> Message:
    """The message of a body, checked against every limit. Raises CodecError for all other bytes.

    The code `unknown_type` is a message that only a newer version knows: to be asked for again later.
    """
    if not body:
        raise CodecError("empty", "the payload is empty")
    if len(body) > BODY_LIMIT:
        raise CodecError("too_large", f"the body has {len(body)} bytes, at most {BODY_LIMIT} are read")
    try:
        message: Message = (_from_json if body[0] == _JSON else _from_msgpack).decode(body)
    except _REFUSED as error:
        raise _why_not(body, error) from error
    if isinstance(message, Batch):
        _check_series(message.series)
    return message


def pack(readings: Sequence[Reading], points: Sequence[Point]) -> list[Series]:
    """Readings as one series per point, in the order of the points table.

    A reading's place in the batch counts over the series in this order. Exact for every float, also
    -0.0, infinities and NaN. Raises KeyError for a reading whose point is not in the table.
    """
    places = {point.name: place for place, point in enumerate(points)}
    columns: list[list[Reading]] = [[] for _ in points]
    for reading in readings:
        columns[places[reading.point]].append(reading)
    return [_pack_series(place, column) for place, column in enumerate(columns) if column]


def unpack(batch: Batch) -> list[Reading]:
    """The readings of a batch by their place; a series outside the points table has the point ""."""
    return [
        Reading(point=name, at=at, value=value, quality=quality)
        for series in batch.series
        for name in (point_name(batch, series),)
        for at, value, quality in zip(times(series), values(series), qualities(series), strict=True)
    ]


def point_name(batch: Batch, series: Series) -> str:
    """device/metric of a series, "" if it lies outside the points table."""
    return batch.points[series.point].name if series.point < len(batch.points) else ""


def times(series: Series) -> list[int]:
    """ms UTC of each reading."""
    return list(accumulate(accumulate(series.steps), initial=series.first))


def values(series: Series) -> list[float | None]:
    """The value of each reading; a scaled one is divided once, which gives the float it came from."""
    if series.places is None:
        return [None if value is None else float(value) for value in series.values]
    scale = 10**series.places
    if None not in series.values:
        return [total / scale for total in accumulate(series.values)]
    unpacked: list[float | None] = []
    total: float = 0
    for step in series.values:
        if step is None:
            unpacked.append(None)
        else:
            total += step
            unpacked.append(total / scale)
    return unpacked


def qualities(series: Series) -> list[int]:
    """The flags of each reading."""
    unpacked = [0] * len(series.values)
    for place, quality in series.flags:
        unpacked[place] = quality & QUALITY_MASK
    return unpacked


def _why_not(body: bytes, error: Exception) -> CodecError:
    try:
        kind = (_kind_from_json if body[0] == _JSON else _kind_from_msgpack).decode(body).type
    except _REFUSED:
        kind = ""
    if kind and kind not in _KINDS:
        return CodecError("unknown_type", f'a message of type "{_shown(kind)}" is not known to this version')
    return CodecError("not_a_message", f"no message of protocol v1: {_shown(str(error))}")


def _shown(text: str) -> str:
    """What somebody sent, short and printable: it goes into refusals, tables and logs."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_SHOWN])


def _check_series(table: Sequence[Series]) -> None:
    total = 0
    for series in table:
        total += len(series.values)
        if len(series.steps) != len(series.values) - 1:
            raise CodecError("malformed_series", "a series must have one step fewer than it has values")
        if any(place >= len(series.values) for place, _ in series.flags):
            raise CodecError("malformed_series", "a flag names a reading behind the end of its series")
        if series.places is not None and not all(
            value is None or type(value) is int for value in series.values
        ):
            raise CodecError("malformed_series", "scaled values must be whole numbers")
    if total > READINGS_LIMIT:
        raise CodecError("too_large", f"the batch has {total} readings, at most {READINGS_LIMIT} are taken")


def _pack_series(place: int, readings: Sequence[Reading]) -> Series:
    gaps = [after.at - before.at for before, after in pairwise(readings)]
    steps = gaps[:1] + [after - before for before, after in pairwise(gaps)]
    column = [reading.value for reading in readings]
    places = _decimal_places([value for value in column if value is not None])
    return Series(
        point=place,
        first=readings[0].at,
        steps=steps,
        places=places,
        values=list(column) if places is None else _differences(column, places),
        flags=[(i, int(reading.quality)) for i, reading in enumerate(readings) if reading.quality],
    )


def _decimal_places(column: Sequence[float]) -> int | None:
    """The fewest places that give back every value to the last bit; None if there are none."""
    if not all(map(math.isfinite, column)) or any(
        not value and math.copysign(1.0, value) < 0 for value in column
    ):
        return None
    largest = max(map(abs, column), default=0.0)
    for places in _PLACES:
        scale = 10**places
        if largest * scale >= _EXACT_LIMIT:
            return None
        if all(round(value * scale) / scale == value for value in column):
            return places
    return None


def _differences(column: Sequence[float | None], places: int) -> list[int | float | None]:
    scale = 10**places
    packed: list[int | float | None] = []
    total = 0
    for value in column:
        if value is None:
            packed.append(None)
        else:
            scaled = round(value * scale)
            packed.append(scaled - total)
            total = scaled
    return packed
