"""A channel that firmware writes to and reads from, and whose keys open it."""

import re
from pathlib import Path
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Fields, Interval, Measure, check, measures_of, points_of
from firmware_bridge.key_file import read_key
from protocol.reading import Label, Point

_KEY = r"^[A-Za-z0-9]{1,64}$"  # ThingSpeak's have 16 characters; a key of one's own may be another

Key = Annotated[str, Meta(pattern=_KEY)]


class Channel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Its write key tells a channel from others, and reads too. Without a read key everybody may read."""

    id: Annotated[int, Meta(ge=1, lt=2**53)]
    write_key: Key | None = None  # this or write_key_file
    write_key_file: str | None = None  # the key, alone in a file
    read_key: Key | None = None
    read_key_file: str | None = None
    device: Label
    fields: Fields  # those with a meaning; all eight are kept and served
    interval_s: Interval | None = None  # expected time between the device's samples; None: irregular
    min_interval_s: Annotated[float, Meta(ge=0, le=86_400)] = 0.0  # sooner is refused, as ThingSpeak does
    name: str = ""  # "": the device's
    description: str = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None

    def __post_init__(self) -> None:
        check(self.fields)
        if any(isinstance(field.field, str) for field in self.fields):
            raise ValueError("a field of a channel is a number, 1 to 8")
        if (self.write_key is None) == (self.write_key_file is None):
            raise ValueError(f"channel {self.id} needs write_key or write_key_file, one of them")
        if self.read_key is not None and self.read_key_file is not None:
            raise ValueError(f"channel {self.id} has read_key and read_key_file; one of them is enough")
        for file in (self.write_key_file, self.read_key_file):
            if file and re.fullmatch("[A-Z0-9]{16}", Path(file).name):
                raise ValueError(f"channel {self.id} names a key where the file with the key is meant")

    def __repr__(self) -> str:  # a key must not come into a log, however it is called
        return f"Channel(id={self.id}, device={self.device!r})"

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(
            self,
            write_key_file=self.write_key_file and str(folder / self.write_key_file),
            read_key_file=self.read_key_file and str(folder / self.read_key_file),
        )

    def opened(self) -> Self:
        """With its keys read from their files. Raises SourceError."""
        return msgspec.structs.replace(
            self,
            write_key=self._read("write_key_file", self.write_key_file) or self.write_key,
            write_key_file=None,
            read_key=self._read("read_key_file", self.read_key_file) or self.read_key,
            read_key_file=None,
        )

    def points(self) -> list[Point]:
        return points_of(self.device, self.fields, self.interval_s)

    def measures(self) -> dict[str, Measure]:
        return measures_of(self.device, self.fields)

    def _read(self, setting: str, path: str | None) -> str | None:
        if path is None:
            return None
        return read_key(f"channel {self.id}", setting, path, _KEY, "letters and digits")
