"""Devices that post their values: names, keys, fields, and what a body says. Pure but for key files."""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import msgspec
from msgspec import Meta

from firmware_bridge import json_record
from firmware_bridge.fields import Interval, Measure, check, number, reading
from firmware_bridge.http_push import senml
from firmware_bridge.instant import zone_of
from firmware_bridge.key_file import read_key
from firmware_bridge.source import REJECT_TEXT_LIMIT, Reject
from protocol import units
from protocol.reading import Label, Reading

RECORDS_LIMIT = 1_000  # in one body
SUM = "#sum"  # behind a SenML name: its sum `s`, not its value; no SenML name has this character

KEY = r"^[!-~]{1,200}$"

_SEPARATORS = ("/", ":", "_", ".", "")  # between the device and the field in a SenML name


class PostedField(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value by its key, a dotted path in JSON as `battery.voltage`, or by its name in SenML."""

    field: Annotated[str, Meta(min_length=1, max_length=100)]


class Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node that posts to /<device>, or SenML that names it to /."""

    device: Label
    fields: Annotated[list[PostedField], Meta(min_length=1, max_length=64)]
    # How its SenML names begin; None: with the device's name.
    id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    key: Annotated[str, Meta(pattern=KEY)] | None = None  # what it must show; this or key_file
    key_file: str | None = None  # the key, alone in a file; neither: everybody on the LAN may post
    time_key: Annotated[str, Meta(min_length=1, max_length=100)] | None = None  # where its JSON says when
    timezone: str | None = None  # IANA name, for times without a zone
    interval_s: Interval | None = None  # expected time between its readings; None: irregular

    def __post_init__(self) -> None:
        check(self.fields)
        if self.timezone:
            zone_of(self.timezone)
        if self.key is not None and self.key_file is not None:
            raise ValueError(f"device {self.device!r} has key and key_file; one of them is enough")

    def __repr__(self) -> str:  # a key must not come into a log
        return f"Device({self.device!r})"

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, key_file=self.key_file and str(folder / self.key_file))

    def opened(self) -> Self:
        """With its key read from its file. Raises SourceError."""
        if self.key_file is None:
            return self
        key = read_key(f"device {self.device}", "key_file", self.key_file, KEY, "printable characters")
        return msgspec.structs.replace(self, key=key, key_file=None)

    def is_opened_by(self, key: str) -> bool:
        return self.key is None or hmac.compare_digest(self.key.encode(), key.encode())

    @property
    def start(self) -> str:
        """How its SenML names begin."""
        return self.id or self.device

    def names(self, is_addressed: bool) -> Iterator[tuple[str, PostedField]]:
        """Its fields by their SenML names; `is_addressed`: nobody else can be meant."""
        for field in self.fields:
            yield from ((self.start + separator + field.field, field) for separator in _SEPARATORS)
            if is_addressed or field.field.startswith(self.start):
                yield field.field, field


Names = Mapping[str, tuple[str, PostedField]]  # device and field by SenML name


class Taken(NamedTuple):
    readings: list[Reading]
    rejects: list[Reject]


def decode_json(device: Device, body: bytes, now: int) -> Taken:
    """An object, or a list of them. A lone one without a time was measured `now`, ms UTC."""
    where = f"/{device.device}"
    try:
        records = json_record.split(body, RECORDS_LIMIT)
    except ValueError as error:
        return Taken([], [_reject(where, body, str(error))])
    taken = Taken([], [])
    for place, text in enumerate(records, 1):
        at_place = f"{where} record {place}" if len(records) > 1 else where
        try:
            record = json_record.parse(text)
            at = _time(device, record, now if len(records) == 1 else None)
        except ValueError as error:
            taken.rejects.append(_reject(at_place, text, str(error)))
            continue
        for field in device.fields:
            try:
                value = number(json_record.find(record, field.field))
            except ValueError as error:
                taken.rejects.append(_reject(f"{at_place} {field.field}", text, str(error)))
                continue
            if value is not None:
                taken.readings.append(reading(f"{device.device}/{field.metric}", at, value, field))
    return taken


def _time(device: Device, record: Any, now: int | None) -> int:
    """When it was measured; without a word of that `now`. Raises ValueError."""
    if not isinstance(record, dict):
        raise ValueError("no object with named values")
    own = None
    if device.time_key:
        zone = zone_of(device.timezone) if device.timezone else None
        own = json_record.own_time(json_record.find(record, device.time_key), zone)
    at = now if own is None else own
    if at is None:
        raise ValueError("one of many records, and without a time: how old it is, is not known")
    return at


def decode_senml(names: Names, starts: tuple[str, ...], body: bytes, now: int) -> Taken:
    """A pack of records; what begins with none of the `starts` is nobody's. `now` in ms UTC."""
    try:
        records = json_record.split(body, RECORDS_LIMIT)
        found = list(senml.resolve([json_record.parse(record) for record in records], now))
    except ValueError as error:
        return Taken([], [_reject("senml", body, str(error))])
    taken = Taken([], [])
    for one in found:
        try:
            if isinstance(one, senml.Wrong):
                raise ValueError(one.reason)
            if not one.name.startswith(starts):
                raise ValueError(f"{one.name[:80]!r} is the name of no device here, or its key was not shown")
            taken.readings.extend(_readings(one, names))
        except ValueError as error:
            taken.rejects.append(_reject(f"senml record {one.number}", records[one.number - 1], str(error)))
    return taken


def names_of(devices: Iterable[Device], is_addressed: bool = False) -> Names:
    """The names that may come. Raises ValueError where two would have the same."""
    found: dict[str, tuple[str, PostedField]] = {}
    for device in devices:
        for name, field in device.names(is_addressed):
            if found.setdefault(name, (device.device, field))[1] is not field:
                raise ValueError(
                    f"{name!r} would be two fields; let each be another, or give one device an id"
                )
    return found


def _readings(one: senml.Value, names: Names) -> Iterator[Reading]:
    """Of what nobody has asked for there is none. Raises ValueError."""
    if one.name in names and one.value is not None:
        device, field = names[one.name]
        value = number(one.value)
        if value is not None:
            yield reading(f"{device}/{field.metric}", one.at, value, _in_unit(field, one.unit))
    if one.name + SUM in names and one.sum is not None:
        device, field = names[one.name + SUM]
        yield reading(f"{device}/{field.metric}", one.at, one.sum, field)


def _in_unit(field: PostedField, unit: str) -> Measure:
    """What the value means in the unit that came with it. Raises ValueError: that is another quantity."""
    if not unit or not field.unit:
        return field
    ours = senml.UNITS.get(unit)
    if ours is None:
        raise ValueError(f"unit {unit[:20]!r} is not known; take it by a field without a unit")
    if units.find(ours).quantity is not units.find(field.unit).quantity:
        raise ValueError(f"it comes in {unit}, and its field is in {field.unit}; correct the field")
    return Measure(metric=field.metric, unit=ours)


def _reject(where: str, text: bytes, reason: str) -> Reject:
    cut = text[: 4 * REJECT_TEXT_LIMIT].decode("utf-8", "replace")[:REJECT_TEXT_LIMIT]
    return Reject(where, cut, reason)
