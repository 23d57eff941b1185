"""Answers firmware that was written for ThingSpeak: it is pointed at the gateway and never notices."""

import asyncio
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Measure
from firmware_bridge.history import History
from firmware_bridge.lan.http import serve
from firmware_bridge.lan.listening import place
from firmware_bridge.lan.request import Limits
from firmware_bridge.source import Name, Put, SourceError
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.route import Route, is_whole
from protocol.reading import Point


class ThingSpeakDoor(
    msgspec.Struct,
    tag_field="kind",
    tag="thingspeak_door",
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
):
    name: Name
    listen: str  # host:port; plain HTTP on the LAN is right here: this firmware speaks nothing else
    channels: Annotated[list[Channel], Meta(min_length=1, max_length=256)]

    def __post_init__(self) -> None:
        place(self.listen)
        _check_single("id", self.channels, lambda channel: channel.id)
        _check_single("write key", self.channels, lambda channel: channel.write_key)
        _check_single("write_key_file", self.channels, lambda channel: channel.write_key_file)
        points = [point.name for point in self.points()]
        for name in points:
            if points.count(name) > 1:
                raise ValueError(f"the point {name} is given to two channels; name another device or metric")

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, channels=[channel.located(folder) for channel in self.channels])

    def points(self) -> list[Point]:
        return [point for channel in self.channels for point in channel.points()]

    def measures(self) -> dict[str, Measure]:
        return {name: measure for channel in self.channels for name, measure in channel.measures().items()}

    async def serve(self, history: History, put: Put) -> None:
        channels = [channel.opened() for channel in self.channels]
        try:
            _check_single("write key", channels, lambda channel: channel.write_key)
        except ValueError as error:
            raise SourceError(str(error)) from error
        route = Route(self.name, channels, history)
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(route.refusals.keep(put), name=f"keep {self.name}")
            trouble = await self._served(route)
            keeper.cancel()
        raise trouble

    async def _served(self, route: Route) -> SourceError:
        try:
            await serve(self.listen, route.answer, Limits(), is_whole)
        except SourceError as error:
            return error
        raise AssertionError("it serves until it is cancelled")


def _check_single(what: str, channels: list[Channel], of: Callable[[Channel], Any]) -> None:
    """Never shows the value: it may be a key."""
    owners: dict[Hashable, int] = {}
    for channel in channels:
        value = of(channel)
        if value is not None and value in owners:
            raise ValueError(
                f"channels {owners[value]} and {channel.id} have the same {what}; give one its own"
            )
        owners[value] = channel.id
