"""Replays a feeds.csv or feeds.json that was exported from a ThingSpeak channel."""

from pathlib import Path
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Fields, Interval, Label, check, points_of
from firmware_bridge.source import Put
from protocol.reading import Point


class ThingSpeakExport(
    msgspec.Struct,
    tag_field="kind",
    tag="thingspeak_export",
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
):
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    path: str
    device: Label
    fields: Fields
    interval_s: Interval | None = None  # expected time between the device's samples; None: irregular

    def __post_init__(self) -> None:
        check(self.fields)

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, path=str(folder / self.path))

    def points(self) -> list[Point]:
        return points_of(self.device, self.fields, self.interval_s)

    async def feed(self, put: Put, cursor: str | None) -> None: ...
