"""Hears a serial line: nodes, or a radio receiver that passes on what they say, a line of text at a time."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Field, Interval, Measure, check, measures_of, points_of, read
from firmware_bridge.heard import shown
from firmware_bridge.reject_fold import Fold
from firmware_bridge.serial_lines.backlog import Heard
from firmware_bridge.serial_lines.formats import (
    DECIMAL_COMMA,
    GARBLED,
    NO_RECORD,
    Checksum,
    Form,
    Record,
    Refused,
    decode,
    is_word,
    time_of,
)
from firmware_bridge.source import Name, Put, Reject, SourceError
from protocol.reading import Label, Point, Reading

log = logging.getLogger(__name__)

OTHER_NODE = "from a node that is not in the settings, or boot text"
FEW_COLUMNS = "fewer columns than it has: cut off, or boot text"
MANY_COLUMNS = (
    "more columns than it has: two nodes at once, boot text or a decimal comma; "
    "else set columns to their number"
)
NO_FIELDS = "none of its fields has a value on it"

Place = Annotated[int, Meta(ge=1, le=64)] | Annotated[str, Meta(min_length=1, max_length=64)]


class LineField(Field, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value by what stands on the line: its name, or its column from 1 where there are no names."""

    field: Place

    @property
    def key(self) -> str:
        return f"column {self.field}" if isinstance(self.field, int) else self.field


class Node(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device and how it is known on the line."""

    device: Label
    id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None  # None: all lines are its own
    fields: Annotated[list[LineField], Meta(min_length=1, max_length=64)]
    columns: Annotated[int, Meta(ge=1, le=64)] | None = None  # on a line of it; None: up to its last field
    interval_s: Interval | None = None  # expected time between its samples; None: irregular


class Told(NamedTuple):
    """What a line gave."""

    readings: list[Reading]
    wrong: list[tuple[str, str]]  # (device and field, why it gives nothing)
    refused: str  # why the whole line gives nothing; "": it does


class SerialLines(
    msgspec.Struct,
    tag_field="kind",
    tag="serial_lines",
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
):
    name: Name
    port: Annotated[str, Meta(min_length=1, max_length=255)]
    baud: Annotated[int, Meta(ge=50, le=4_000_000)] = 9600  # 8 data bits, no parity, 1 stop bit
    checksum: Checksum = "none"  # of all before `*5A`
    id_field: Place | None = None  # where a node says its id; None: before a colon, `N01:L=123`
    time_field: Place | None = None  # where it says when it measured; None: when the line is heard
    devices: Annotated[list[Node], Meta(min_length=1, max_length=64)]

    def __post_init__(self) -> None:
        ids = [node.id for node in self.devices]
        if None in ids and (len(ids) > 1 or self.id_field is not None):
            raise ValueError(
                "a device has no id; write what its lines say of it, or have no other on the line"
            )
        if len(set(ids)) < len(ids):
            raise ValueError("two devices have one id; a line would be of both")
        if len({type(place) for place in self._places()}) > 1:
            raise ValueError("some fields have names and some are columns; a line has one or the other")
        for node in self.devices:
            self._check_columns(node)
        for device in {node.device for node in self.devices}:
            check(field for node in self.devices if node.device == device for field in node.fields)

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, port=str(folder / self.port))

    def points(self) -> list[Point]:
        return [p for node in self.devices for p in points_of(node.device, node.fields, node.interval_s)]

    def measures(self) -> dict[str, Measure]:
        return {
            name: measure
            for node in self.devices
            for name, measure in measures_of(node.device, node.fields).items()
        }

    async def feed(self, put: Put, cursor: str | None) -> None:
        # Here, for pyserial: most agents hear no serial line.
        from firmware_bridge.serial_lines.port import open_line

        now_s, fold = asyncio.get_running_loop().time, Fold()
        async with open_line(self.port, self.baud) as line:
            try:
                while True:
                    heard = await line.lines(fold.wait_s(now_s()))
                    readings = self._take(heard, fold, now_s())
                    rejects = fold.due(now_s())
                    if readings or rejects:
                        await put(readings, None, rejects)
            except SourceError:
                if rest := fold.rest():
                    await put([], None, rest)
                raise

    def decode(self, raw: bytes, heard_at: int) -> Told:
        """What a line tells that was heard at that moment, ms UTC. Pure; any bytes."""
        try:
            return self._told(decode(raw, self._form), heard_at)
        except Refused as refused:
            return Told([], [], str(refused))

    def _take(self, heard: Sequence[Heard], fold: Fold, now_s: float) -> list[Reading]:
        """The readings of these lines; what is wrong with them goes into the fold."""
        readings: list[Reading] = []
        for at, raw, no_line, count in heard:
            text = shown(raw)
            log.debug("%s: %s", self.name, text)
            told = Told([], [], no_line) if no_line else self.decode(raw, at)
            readings += told.readings
            if told.refused:
                fold.add(told.refused, Reject("a line", text, told.refused), now_s, count)
            for where, reason in told.wrong:
                fold.add(where, Reject(where, text, reason), now_s)
        return readings

    def _told(self, record: Record, heard_at: int) -> Told:
        node = self._node(record)
        self._check_whole(record, node)
        at = heard_at
        if self.time_field is not None:
            at = time_of(record.values.get(self.time_field), heard_at)
        values = [record.values.get(field.field) for field in node.fields]
        readings, wrong = read(node.device, node.fields, values, at)
        if wrong and not record.is_certain and not self._are_words(record, node, [key for key, _ in wrong]):
            # What begins as a number and ends as another line: its neighbours may be that line's too.
            has_comma = any("decimal comma" in reason for _, reason in wrong)
            raise Refused(DECIMAL_COMMA if has_comma else GARBLED if readings else NO_RECORD)
        return Told(readings, [(f"{node.device} {key}", reason) for key, reason in wrong], "")

    def _check_columns(self, node: Node) -> None:
        if node.columns is None:
            return
        if not self._form.is_counted:
            raise ValueError("columns is for fields that are columns; leave it out where they have names")
        if (last := self._last_column(node)) > node.columns:
            raise ValueError(
                f"{node.device} has {node.columns} columns, but one is looked for in column {last}"
            )

    def _last_column(self, node: Node) -> int:
        places = (self.id_field, self.time_field, *(field.field for field in node.fields))
        return max(place for place in places if isinstance(place, int))

    def _places(self) -> Iterator[int | str]:
        """Where on a line anything is looked for."""
        yield from (field.field for node in self.devices for field in node.fields)
        yield from (place for place in (self.id_field, self.time_field) if place is not None)

    @property
    def _has_ids(self) -> bool:
        return self.devices[0].id is not None

    @property
    def _form(self) -> Form:
        return Form(
            names=tuple(place for place in self._places() if isinstance(place, str)),
            is_counted=isinstance(self.devices[0].fields[0].field, int),
            has_prefix=self._has_ids and self.id_field is None,
            checksum=self.checksum,
        )

    def _node(self, record: Record) -> Node:
        if not self._has_ids:
            return self.devices[0]
        said = record.prefix if self.id_field is None else record.values.get(self.id_field)
        if said is None:
            raise Refused(NO_RECORD)
        for node in self.devices:
            if node.id == str(said).strip():
                return node
        raise Refused(OTHER_NODE)

    def _check_whole(self, record: Record, node: Node) -> None:
        if self._form.is_counted:
            self._check_width(record, node.columns or self._last_column(node))
        elif not any(field.field in record.values for field in node.fields):
            raise Refused(NO_FIELDS)  # none at all: a node may send its level now and its battery later

    def _check_width(self, record: Record, columns: int) -> None:
        if len(record.values) < columns:
            raise Refused(FEW_COLUMNS)
        # One value in two columns shifts all that follow it. Bare separators at the end shift nothing.
        if any([*record.values.values()][columns:]):
            raise Refused(MANY_COLUMNS)

    def _are_words(self, record: Record, node: Node, keys: Sequence[str]) -> bool:
        """Whether a line that gives no number there was made by a node: in boot text any column is a word."""
        found = {field.key: record.values.get(field.field) for field in node.fields}
        return (self._has_ids or not self._form.is_counted) and all(is_word(found[key]) for key in keys)
