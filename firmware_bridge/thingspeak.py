"""Polls a ThingSpeak channel."""

from pathlib import Path
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Fields, Interval, Label, check, points_of
from firmware_bridge.source import Name, Put
from protocol.reading import Point


class ThingSpeak(
    msgspec.Struct, tag_field="kind", tag="thingspeak", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    name: Name
    channel: Annotated[int, Meta(ge=1)]
    server: Annotated[str, Meta(pattern=r"^https?://[^/?#@]+/?$")] = "https://api.thingspeak.com"
    key_file: str | None = None  # a private channel's read key, alone in a file
    device: Label
    fields: Fields
    every_s: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    interval_s: Interval | None = None  # expected time between the device's samples; None: irregular

    def __post_init__(self) -> None:
        check(self.fields)

    def located(self, folder: Path) -> Self:
        if self.key_file is None:
            return self
        return msgspec.structs.replace(self, key_file=str(folder / self.key_file))

    def points(self) -> list[Point]:
        return points_of(self.device, self.fields, self.interval_s)

    async def feed(self, put: Put, cursor: str | None) -> None: ...
